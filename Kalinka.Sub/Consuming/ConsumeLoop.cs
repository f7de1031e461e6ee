using System.Diagnostics;
using Kalinka.Common.Kafka;
using Kalinka.Sub.Deliveries;
using Microsoft.Extensions.Logging;

namespace Kalinka.Sub.Consuming;

/// <summary>
/// The thread that consumes: reads records, has them mapped, and hands them on in batches; pauses partitions whose
/// window is full, and all of them when the daemon's is. It goes on asking Kafka meanwhile, which keeps its membership.
/// </summary>
/// <param name="source">What is consumed here.</param>
/// <param name="map">Applies the rules. On this thread; must not throw.</param>
/// <param name="arrive">The dispatcher's way in for a <see cref="Delivery"/>.</param>
/// <param name="owner">Told of the partitions that come and go.</param>
internal sealed class ConsumeLoop(
    RecordSource source,
    Assignments assignments,
    DeliveryPool pool,
    Inbox inbox,
    Action<Delivery> map,
    Action<object> arrive,
    Task dispatcherEnded,
    IPartitionOwner owner,
    ILogger<ConsumeLoop> logger
) : IAssignmentHandler
{
    private const int BatchSize = 64;
    private const int StepsBetweenCommits = 10;

    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WhilePaused = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan RevocationDrain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FinalDrain = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan CommitWithin = TimeSpan.FromSeconds(5);

    private readonly Dictionary<TopicPartition, PartitionAssignment> _assigned = [];
    private readonly List<Delivery> _batch = new(BatchSize);
    private IRecordConsumer _consumer = null!;
    private bool _allPaused;
    private bool _anyPaused;
    private bool _stopping;
    private volatile bool _joined;

    /// <summary>The group has given this instance its share, be it nothing. Any thread.</summary>
    public bool HasJoined => _joined;

    /// <summary>Consumes until <paramref name="stopping"/>, then drains and leaves the group. Blocks.</summary>
    public void Run(IRecordConsumer consumer, IReadOnlyCollection<string> subscriptions, CancellationToken stopping)
    {
        _consumer = consumer;
        consumer.Subscribe(subscriptions);
        while (!stopping.IsCancellationRequested && !dispatcherEnded.IsCompleted)
        {
            Step();
        }

        Stop();
    }

    public void OnAssigned(IReadOnlyList<TopicPartition> partitions)
    {
        var added = new List<PartitionAssignment>();
        foreach (var partition in partitions)
        {
            var assignment = new PartitionAssignment(partition, source);
            _assigned[partition] = assignment;
            added.Add(assignment);
        }

        inbox.Post(() => assignments.Add(added));
        _joined = true;
        owner.Take(partitions);
        logger.LogInformation("Assigned: {Partitions}", partitions);
    }

    public void OnRevoked(IReadOnlyList<TopicPartition> partitions)
    {
        logger.LogInformation("Revoked: {Partitions}", partitions);
        Await(Return(Remove(partitions), RevocationDrain));
        LetGo(partitions);
    }

    public void OnLost(IReadOnlyList<TopicPartition> partitions)
    {
        logger.LogWarning("Lost: {Partitions}", partitions);
        _joined = false;
        var lost = Remove(partitions);
        var done = NewSignal();
        inbox.Post(() => assignments.Lose(lost, done));
        Await(done.Task);
        owner.LetGo(partitions);
    }

    /// <summary>Takes one record, or finds that there is none.</summary>
    public void Step()
    {
        if (_batch.Count == 0)
        {
            Reconcile();
        }

        var patience = _anyPaused ? WhilePaused : Idle;
        if (!_consumer.TryConsume(_batch.Count > 0 ? TimeSpan.Zero : patience, out var record))
        {
            HandOver();
        }
        else if (!_stopping && _assigned.TryGetValue(record.Partition, out var assignment))
        {
            Take(assignment, record);
        }
    }

    private void Take(PartitionAssignment assignment, in ConsumedRecord record)
    {
        var delivery = pool.Rent();
        delivery.Begin(assignment, record);
        DeliveryPool.Charge(delivery);
        map(delivery);
        _batch.Add(delivery);
        if (_batch.Count == BatchSize)
        {
            HandOver();
        }
    }

    private void HandOver()
    {
        if (_batch.Count > 0)
        {
            inbox.Post(arrive, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_batch));
            _batch.Clear();
        }
    }

    // Resuming fetches again what was fetched and thrown away: a window must be half empty before it is worth it.
    private void Reconcile()
    {
        var allPaused = _stopping || (_allPaused ? !source.HasRoom : source.IsFull);
        _allPaused = allPaused;
        _anyPaused = allPaused;
        var (window, bytes) = (source.WindowOf(_assigned.Count), source.BytesOf(_assigned.Count));
        foreach (var assignment in _assigned.Values)
        {
            var part = assignment.Paused ? 2 : 1;
            var pause = allPaused || assignment.Window >= window / part || assignment.Bytes >= bytes / part;
            _anyPaused |= pause;
            if (pause != assignment.Paused)
            {
                assignment.Paused = pause;
                SetPaused(assignment.Partition, pause);
            }
        }
    }

    private void SetPaused(TopicPartition partition, bool pause)
    {
        if (pause)
        {
            _consumer.Pause(partition);
        }
        else
        {
            _consumer.Resume(partition);
        }
    }

    private void Stop()
    {
        _stopping = true;
        var drained = Return([.. _assigned.Values], FinalDrain);
        while (!drained.IsCompleted && !dispatcherEnded.IsCompleted)
        {
            Step();
        }

        CommitOutsideRebalance();
        LetGo([.. _assigned.Keys]);
        _consumer.Close();
    }

    // While a rebalance hands out its shares the coordinator takes no commit; that is over within moments if Kafka is asked
    // on. Leaving then without one would have the others repeat what was done since the last.
    private void CommitOutsideRebalance()
    {
        var since = Stopwatch.GetTimestamp();
        while (!_consumer.Commit() && Stopwatch.GetElapsedTime(since) < CommitWithin && !dispatcherEnded.IsCompleted)
        {
            for (var step = 0; step < StepsBetweenCommits; step++)
            {
                Step();
            }
        }
    }

    // Whoever has them next may publish as soon as this returns: what is stored is committed before, and nothing of ours
    // is under way any more.
    private void LetGo(IReadOnlyList<TopicPartition> partitions)
    {
        _consumer.Commit();
        Await(owner.LetGo(partitions));
    }

    private Task Return(List<PartitionAssignment> returned, TimeSpan limit)
    {
        HandOver();
        var drained = NewSignal();
        inbox.Post(() => assignments.Return(returned, limit, drained));
        return drained.Task;
    }

    private List<PartitionAssignment> Remove(IReadOnlyList<TopicPartition> partitions)
    {
        var removed = new List<PartitionAssignment>();
        foreach (var partition in partitions)
        {
            if (_assigned.Remove(partition, out var assignment))
            {
                removed.Add(assignment);
            }
        }

        return removed;
    }

    // Without a dispatcher nobody answers, and nothing is settled any more either.
    private void Await(Task answered) => Task.WaitAny(answered, dispatcherEnded);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
