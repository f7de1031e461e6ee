using System.Collections.Concurrent;
using Kalinka.Common.Kafka;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>A group and its log: the test assigns, revokes and writes; the events come out within TryConsume.</summary>
internal sealed class FakeConsumer(IAssignmentHandler handler) : IRecordConsumer
{
    // What the thread that consumes does next.
    private readonly BlockingCollection<Action> _events = [];

    // The thread that consumes.
    private readonly OrderedDictionary<TopicPartition, Queue<ConsumedRecord>> _fetched = [];

    public ConcurrentDictionary<TopicPartition, long> Stored { get; } = [];

    public ConcurrentDictionary<TopicPartition, long> Committed { get; } = [];

    public ConcurrentDictionary<TopicPartition, bool> Paused { get; } = [];

    /// <summary>Every pause, in their order.</summary>
    public ConcurrentQueue<TopicPartition> Pauses { get; } = [];

    public IReadOnlyCollection<string> Subscriptions { get; private set; } = [];

    public bool Closed { get; private set; }

    public int Records { get; private set; }

    public void Assign(params TopicPartition[] partitions) => _events.Add(() => handler.OnAssigned(partitions));

    public void Revoke(params TopicPartition[] partitions) => _events.Add(() => handler.OnRevoked(partitions));

    public void Lose(params TopicPartition[] partitions) => _events.Add(() => handler.OnLost(partitions));

    public void Fail(string reason) => _events.Add(() => throw new KafkaFailureException(reason));

    public void Write(params ConsumedRecord[] records) => _events.Add(() => Array.ForEach(records, Fetch));

    public void Subscribe(IReadOnlyCollection<string> topicsAndPatterns) => Subscriptions = topicsAndPatterns;

    public bool TryConsume(TimeSpan timeout, out ConsumedRecord consumed)
    {
        if (_events.TryTake(out var next, Next() is null ? timeout : TimeSpan.Zero))
        {
            next();
        }

        if (Next() is not { } fetched)
        {
            consumed = default;
            return false;
        }

        Records++;
        consumed = fetched.Dequeue();
        return true;
    }

    public void Pause(TopicPartition partition)
    {
        Paused[partition] = true;
        Pauses.Enqueue(partition);
    }

    public void Resume(TopicPartition partition) => Paused[partition] = false;

    public bool Store(TopicPartition partition, long nextOffset)
    {
        Stored[partition] = nextOffset;
        return true;
    }

    public bool Commit()
    {
        foreach (var (partition, nextOffset) in Stored)
        {
            Committed[partition] = nextOffset;
        }

        return true;
    }

    public bool Confirm(TopicPartition partition, long nextOffset) => true;

    public IReadOnlyList<long>? ReadLag(string kafkaTopic, int partitions) => new long[partitions];

    public void Refresh() { }

    public void Seek(TopicPartition partition, long offset) => throw new NotSupportedException("sub does not seek");

    public void Close()
    {
        handler.OnRevoked([.. Stored.Keys]);
        Commit();
        Closed = true;
    }

    public void Dispose() => _events.Dispose();

    private void Fetch(ConsumedRecord record)
    {
        _fetched.TryAdd(record.Partition, []);
        _fetched[record.Partition].Enqueue(record);
    }

    // What a partition that is not paused has.
    private Queue<ConsumedRecord>? Next()
    {
        foreach (var (partition, fetched) in _fetched)
        {
            if (fetched.Count > 0 && !Paused.GetValueOrDefault(partition))
            {
                return fetched;
            }
        }

        return null;
    }
}
