using Kalinka.Common.Delivery;

namespace Kalinka.Sub.Deliveries;

/// <summary>
/// Where records come from: the application's topics, or the delivery topic. Each has a share of the memory of its own,
/// so that what waits for brokers does not stop what only passes through. Any thread.
/// </summary>
/// <param name="isDelivery">The delivery topic, whose partitions stand for brokers.</param>
/// <param name="limit">So many of its records may be on their way at a time.</param>
/// <param name="bytes">The same in bytes.</param>
internal sealed class RecordSource(bool isDelivery, int limit, long bytes)
{
    /// <summary>Records after a partition's watermark, finished or not: what is repeated at most after a crash.</summary>
    public const int LargestWindow = 16_384;

    private const int SmallestWindow = 16;

    private readonly ByteBudget _budget = new(bytes);
    private int _records;

    public bool IsDelivery => isDelivery;

    public int Limit => limit;

    /// <summary>The limit in records or in bytes is reached.</summary>
    public bool IsFull => Volatile.Read(ref _records) >= limit || _budget.IsSpent(0);

    /// <summary>A quarter of both is free again: resuming a partition costs a new fetch, so it is not done for less.</summary>
    public bool HasRoom => Volatile.Read(ref _records) <= limit - (limit / 4) && !_budget.IsSpent(0.25);

    /// <summary>
    /// The window of one partition. A partition of the delivery topic has no more than its share: what waits for one
    /// broker must leave room for the others'.
    /// </summary>
    /// <param name="partitions">So many are assigned.</param>
    public int WindowOf(int partitions) =>
        isDelivery ? Math.Max(limit / (partitions + 1), SmallestWindow) : LargestWindow;

    /// <summary>The same in bytes.</summary>
    public long BytesOf(int partitions) => isDelivery ? bytes / (partitions + 1) : bytes;

    public void Take(int recordBytes)
    {
        Interlocked.Increment(ref _records);
        _budget.Charge(recordBytes);
    }

    public void Return(int recordBytes)
    {
        Interlocked.Decrement(ref _records);
        _budget.Return(recordBytes);
    }
}
