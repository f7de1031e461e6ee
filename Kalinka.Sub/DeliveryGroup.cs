using Kalinka.Common.Brokers;
using Kalinka.Common.Kafka;
using Kalinka.Sub.Consuming;
using Kalinka.Sub.Partitioning;
using Microsoft.Extensions.Logging;

namespace Kalinka.Sub;

/// <summary>
/// The delivery topic and the group that shares it: keeps the topic, consumes this instance's partitions, and in mode
/// <c>Partitioned</c> says which brokers it connects to.
/// </summary>
internal sealed class DeliveryGroup : IDisposable
{
    private static readonly TimeSpan AskSoon = TimeSpan.FromMilliseconds(250);

    // For the status; nothing waits for it.
    private const int AskSeldom = 20;

    private readonly SubOptions _options;
    private readonly Stages _stages;
    private readonly TimeProvider _time;
    private readonly ConsumeLoop _loop;
    private readonly IRecordConsumer _consumer;
    private readonly PartitionKeeper? _keeper;
    private readonly BrokerOwnership? _ownership;
    private readonly ConnectionOwners? _owners;
    private readonly NewPartitions _newPartitions;

    public DeliveryGroup(
        SubOptions options,
        SubWalls walls,
        Stages stages,
        BrokerLinks links,
        ITopicCatalog catalog,
        ILoggerFactory loggers,
        TimeProvider time
    )
    {
        (_options, _stages, _time) = (options, stages, time);
        _ownership = options.Delivery.IsPartitioned ? new BrokerOwnership(options.Mqtt.Brokers) : null;
        _ownership?.Lead(links);
        _loop = new ConsumeLoop(
            stages.Delivery,
            stages.Assignments,
            stages.Pool,
            stages.Inbox,
            stages.Unwrap,
            stages.Dispatcher.Arrive,
            stages.Dispatcher.Ended,
            _ownership ?? (IPartitionOwner)new AssignmentNotes(() => { }),
            loggers.CreateLogger<ConsumeLoop>()
        );
        _consumer = walls.DeliveryConsumer(_loop);
        _owners =
            walls.Partitions is { } told && options.Delivery.IsPartitioned ? new ConnectionOwners(told, time) : null;
        _keeper = walls.Partitions is not { } register
            ? null
            : new PartitionKeeper(
                options.Delivery,
                options.Kafka.CreateTopics != TopicCreation.None,
                options.Mqtt.Brokers,
                catalog,
                register,
                time,
                loggers.CreateLogger<PartitionKeeper>(),
                name => stages.Inbox.Post(() => stages.UnknownBrokers.Refuse(name))
            );
        _newPartitions = new NewPartitions(() => Partitions, () => LookAsync(catalog), time);
        if (_keeper is { } keeper)
        {
            stages.UnknownBrokers.AskBy(keeper.Ask);
        }
    }

    /// <summary>The instance that is connected to a broker; null when not known, and in mode <c>Direct</c>. Any thread.</summary>
    public string? OwnerOf(string broker) => _owners?.Of(broker);

    /// <summary>The group has given this instance its share, be it nothing. Any thread.</summary>
    public bool HasJoined => _loop.HasJoined;

    /// <inheritdoc cref="PartitionKeeper.Complaint"/>
    public string? Complaint => _keeper?.Complaint;

    // Without ZooKeeper no broker has a partition, and nothing is parked.
    private int Partitions => _keeper?.Partitions ?? 0;

    /// <summary>Whether this instance has a broker's partition. Any thread.</summary>
    public bool Owns(string broker) => _ownership?.OwnedPartitionOf(broker) is not null;

    /// <summary>Tells the changes of the roster to all that go by it, until cancelled.</summary>
    /// <param name="tell">Told which brokers to connect to.</param>
    public Task FollowAsync(
        Func<Action<RosterChange>, CancellationToken, Task> follow,
        Action<RosterChange> tell,
        CancellationToken stopping
    )
    {
        return _ownership is { } ownership
            ? ownership.FollowAsync(FollowAsync, tell, stopping)
            : FollowAsync(tell, stopping);

        Task FollowAsync(Action<RosterChange> next, CancellationToken until) =>
            follow(
                change =>
                {
                    _stages.Inbox.Post(() => _stages.Take(change));
                    _keeper?.Take(change);
                    _newPartitions.Take(change);
                    next(WithoutUnknown(change));
                },
                until
            );
    }

    // There is nothing to connect to, be it no more.
    private static RosterChange WithoutUnknown(RosterChange change) =>
        change.Entry.State == RosterState.Unknown ? change with { Kind = RosterChangeKind.Removed } : change;

    /// <summary>
    /// Whether this instance may connect to a broker by the Client Identifier that all instances share: an owner that was
    /// paused, and lost its partition meanwhile, must not take the connection from the one that has it now.
    /// </summary>
    public async Task<bool> MayConnectAsync(string broker, CancellationToken stopping)
    {
        if (_ownership?.OwnedPartitionOf(broker) is not { } number)
        {
            return false;
        }

        var partition = new TopicPartition(_options.Delivery.KafkaTopic, number);
        var asked = new TaskCompletionSource<long?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _stages.Inbox.Post(() => asked.SetResult(_stages.Assignments.NextOffsetOf(partition)));
        return await asked.Task.WaitAsync(stopping) is { } nextOffset
            && await OnThreadOfItsOwn(() => _consumer.Confirm(partition, nextOffset)).WaitAsync(stopping);
    }

    /// <inheritdoc cref="IRecordConsumer.Store"/>
    public bool Store(TopicPartition partition, long nextOffset) => _consumer.Store(partition, nextOffset);

    /// <summary>Keeps the topic, until cancelled.</summary>
    /// <inheritdoc cref="PartitionKeeper.RunAsync"/>
    public Task KeepTopicAsync(CancellationToken stopping) =>
        _keeper?.RunAsync(stopping) ?? Task.Delay(Timeout.InfiniteTimeSpan, _time, stopping);

    /// <summary>Sees new partitions soon, until cancelled.</summary>
    public Task SeeNewPartitionsAsync(CancellationToken stopping) => _newPartitions.RunAsync(stopping);

    /// <summary>Follows who is connected to which broker, until cancelled.</summary>
    public Task FollowOwnersAsync(CancellationToken stopping) => _owners?.RunAsync(stopping) ?? Task.CompletedTask;

    /// <summary>Consumes as soon as the topic is there, until <paramref name="stopping"/>; then drains and leaves.</summary>
    public async Task ConsumeAsync(CancellationToken stopping)
    {
        try
        {
            while (Partitions == 0)
            {
                await Task.Delay(AskSoon, _time, stopping);
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }

        await OnThreadOfItsOwn(() =>
        {
            _loop.Run(_consumer, [_options.Delivery.KafkaTopic], stopping);
            return true;
        });
    }

    /// <summary>Asks Kafka what waits in the partitions, until cancelled.</summary>
    public async Task WatchBacklogAsync(CancellationToken stopping)
    {
        for (var turn = 0; ; turn++)
        {
            await Task.Delay(AskSoon, _time, stopping);
            var wanted = turn % AskSeldom == 0 || (!_options.Delivery.IsPartitioned && _stages.Backlog.IsWanted);
            if (wanted && Partitions is var partitions and > 0)
            {
                // In the order of the dispatcher: what happens after the note is not known by the answer.
                var noted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _stages.Inbox.Post(() =>
                {
                    _stages.Backlog.OnAsking();
                    noted.SetResult();
                });
                await noted.Task.WaitAsync(stopping);
                var topic = _options.Delivery.KafkaTopic;
                var lag = await OnThreadOfItsOwn(() => _consumer.ReadLag(topic, partitions)).WaitAsync(stopping);
                _stages.Inbox.Post(() => _stages.Backlog.OnAnswered(lag, _time.GetUtcNow()));
            }
        }
    }

    public void Dispose() => _consumer.Dispose();

    private Task<bool> LookAsync(ITopicCatalog catalog)
    {
        catalog.Refresh();
        return OnThreadOfItsOwn(() =>
        {
            _consumer.Refresh();
            return true;
        });
    }

    private static Task<T> OnThreadOfItsOwn<T>(Func<T> blocking) =>
        Task.Factory.StartNew(blocking, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
