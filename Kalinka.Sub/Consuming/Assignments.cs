using Kalinka.Common.Kafka;
using Kalinka.Sub.Deliveries;

namespace Kalinka.Sub.Consuming;

/// <summary>
/// The partitions that this instance has: stores their watermarks, and gives them back. The dispatcher's.
/// </summary>
/// <param name="store">Stores the offset to go on from; false when the partition is no longer ours.</param>
/// <param name="withdraw">Lets go of the records that are unwanted now.</param>
internal sealed class Assignments(Func<TopicPartition, long, bool> store, Action withdraw, TurnClock clock)
{
    private const long StoreEveryMs = 100;

    private readonly List<PartitionAssignment> _active = [];
    private readonly List<Drain> _drains = [];
    private long _storeMs;

    /// <summary>Records after the watermarks, finished or not.</summary>
    public int Window => _active.Sum(assignment => assignment.Window);

    /// <summary>Where a partition goes on, -1 while nothing of it is settled; null when it is not ours.</summary>
    public long? NextOffsetOf(TopicPartition partition) =>
        _active.Find(assignment => assignment.Partition == partition && !assignment.Draining)?.NextOffset;

    public void Add(IEnumerable<PartitionAssignment> assignments) => _active.AddRange(assignments);

    /// <summary>
    /// Gives partitions back: what has not been sent, and stands behind everything that was, is let go of; the rest is
    /// finished, so that nothing published is left unstored. A gap that cannot be closed within the limit is left.
    /// </summary>
    /// <param name="drained">Told when the offsets are stored and nothing settles any more.</param>
    public void Return(IReadOnlyList<PartitionAssignment> assignments, TimeSpan limit, TaskCompletionSource drained)
    {
        foreach (var assignment in assignments)
        {
            assignment.Draining = true;
        }

        withdraw();
        _drains.Add(new Drain(assignments, clock.NowMs + (long)limit.TotalMilliseconds, drained));
        CheckDrains();
    }

    /// <summary>The partitions are someone else's already: nothing may be stored for them.</summary>
    public void Lose(IReadOnlyList<PartitionAssignment> assignments, TaskCompletionSource done)
    {
        End(assignments);
        done.TrySetResult();
    }

    /// <summary>After each turn: whether what is awaited has come.</summary>
    public void CheckDrains()
    {
        for (var index = _drains.Count - 1; index >= 0; index--)
        {
            var drain = _drains[index];
            if (clock.NowMs >= drain.UntilMs || drain.Assignments.All(assignment => assignment.IsDrained))
            {
                _drains.RemoveAt(index);
                Store(drain.Assignments);
                End(drain.Assignments);
                drain.Done.TrySetResult();
            }
        }
    }

    public void Tick()
    {
        if (clock.NowMs >= _storeMs)
        {
            _storeMs = clock.NowMs + StoreEveryMs;
            Store(_active);
        }
    }

    private void Store(IReadOnlyList<PartitionAssignment> assignments)
    {
        for (var index = 0; index < assignments.Count; index++)
        {
            var assignment = assignments[index];
            if (!assignment.Ended && assignment.TryAdvance(out var nextOffset))
            {
                store(assignment.Partition, nextOffset);
            }
        }
    }

    private void End(IReadOnlyList<PartitionAssignment> assignments)
    {
        foreach (var assignment in assignments)
        {
            assignment.Ended = true;
            _active.Remove(assignment);
        }

        withdraw();
    }

    private sealed record Drain(
        IReadOnlyList<PartitionAssignment> Assignments,
        long UntilMs,
        TaskCompletionSource Done
    );
}
