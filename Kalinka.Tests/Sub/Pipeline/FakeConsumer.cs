using System.Collections.Concurrent;
using Kalinka.Common.Kafka;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>A group and its log: the test assigns, revokes and writes; the events come out within TryConsume.</summary>
internal sealed class FakeConsumer(IAssignmentHandler handler) : IRecordConsumer
{
    // What the thread that consumes does next.
    private readonly BlockingCollection<Action> _events = [];

    // The thread that consumes.
    private readonly Queue<ConsumedRecord> _fetched = [];

    public ConcurrentDictionary<TopicPartition, long> Stored { get; } = [];

    public ConcurrentDictionary<TopicPartition, long> Committed { get; } = [];

    public ConcurrentDictionary<TopicPartition, bool> Paused { get; } = [];

    public IReadOnlyCollection<string> Subscriptions { get; private set; } = [];

    public bool Closed { get; private set; }

    public int Records { get; private set; }

    public void Assign(params TopicPartition[] partitions) => _events.Add(() => handler.OnAssigned(partitions));

    public void Revoke(params TopicPartition[] partitions) => _events.Add(() => handler.OnRevoked(partitions));

    public void Lose(params TopicPartition[] partitions) => _events.Add(() => handler.OnLost(partitions));

    public void Fail(string reason) => _events.Add(() => throw new KafkaFailureException(reason));

    public void Write(params ConsumedRecord[] records) => _events.Add(() => Array.ForEach(records, _fetched.Enqueue));

    public void Subscribe(IReadOnlyCollection<string> topicsAndPatterns) => Subscriptions = topicsAndPatterns;

    public bool TryConsume(TimeSpan timeout, out ConsumedRecord consumed)
    {
        if (_events.TryTake(out var next, _fetched.Count > 0 ? TimeSpan.Zero : timeout))
        {
            next();
        }

        consumed = default;
        if (_fetched.Count == 0 || Paused.GetValueOrDefault(_fetched.Peek().Partition))
        {
            return false;
        }

        Records++;
        consumed = _fetched.Dequeue();
        return true;
    }

    public void Pause(TopicPartition partition) => Paused[partition] = true;

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
}
