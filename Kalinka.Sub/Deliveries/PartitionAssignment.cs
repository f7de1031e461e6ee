using Kalinka.Common.Delivery;
using Kalinka.Common.Kafka;

namespace Kalinka.Sub.Deliveries;

/// <summary>
/// A partition from its assignment to its revocation. Which of its records are settled belongs to this object: what
/// comes in late for an earlier assignment settles nothing in a later one.
/// </summary>
internal sealed class PartitionAssignment(TopicPartition partition, RecordSource source)
{
    private readonly InOrderQueue<long> _offsets = new(256);
    private readonly long[] _released = new long[64];
    private long _next = -1;
    private long _stored = -1;
    private int _withdrawn;
    private long _bytes;

    public TopicPartition Partition => partition;

    public RecordSource Source => source;

    /// <summary>What its records take of the byte budget. Any thread.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Records after the watermark, finished or not. Any thread.</summary>
    public int Window => _offsets.Count;

    // The thread that consumes.
    public bool Paused { get; set; }

    // The dispatcher's.

    /// <summary>The partition is being given back: only what stands before something published is still sent.</summary>
    public bool Draining { get; set; }

    /// <summary>Nothing settles any more.</summary>
    public bool Ended { get; set; }

    /// <summary>The highest offset that another system has seen; -1 for none.</summary>
    public long Published { get; set; } = -1;

    /// <summary>Nothing is open that would be waited for.</summary>
    public bool IsDrained => Ended || _offsets.Open == _withdrawn;

    /// <summary>Whether a record that is not in flight is let go of.</summary>
    public bool IsUnwanted(long offset) => Ended || (Draining && offset > Published);

    /// <summary>Counts bytes that have come, or gone. Any thread.</summary>
    public void Charge(int bytes) => Interlocked.Add(ref _bytes, bytes);

    /// <summary>Takes a record into the window. The thread that consumes.</summary>
    public long Enter(long offset) => _offsets.Enter(offset);

    public void Settle(long ticket)
    {
        if (Ended || !_offsets.TryComplete(ticket, out _))
        {
            return;
        }

        int count;
        do
        {
            count = _offsets.Release(_released);
            if (count > 0)
            {
                _next = _released[count - 1] + 1;
            }
        } while (count == _released.Length);
    }

    /// <summary>A record that will not be settled: whoever reads the partition next reads it again.</summary>
    public void Withdraw() => _withdrawn++;

    /// <summary>The offset to go on from; -1 while nothing has been settled.</summary>
    public long NextOffset => _next;

    /// <summary>The offset to go on from, when it has moved since it was last asked for.</summary>
    public bool TryAdvance(out long nextOffset)
    {
        nextOffset = _next;
        var moved = _next != _stored;
        _stored = _next;
        return moved;
    }
}
