using Kalinka.Common.Brokers;
using Kalinka.Common.Delivery;
using Kalinka.Common.Directory;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Records;
using Kalinka.Common.ZooKeeper;
using Kalinka.Pub.Mapping;
using Kalinka.Pub.Presence;
using Kalinka.Pub.Producing;
using Kalinka.Pub.Seats;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub;

/// <summary>Every part of the pipeline, built once from the configuration.</summary>
internal sealed class PubStages : IAsyncDisposable
{
    private readonly PubOptions _options;
    private readonly PubMapping _mapping;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly LaneTable _lanes;
    private readonly PauseWatch? _pauseWatch;
    private readonly BrokerRetirement? _retirement;
    private long _pauses;

    public PubStages(PubOptions options, PubMapping mapping, ILoggerFactory loggers, TimeProvider time)
    {
        (_options, _mapping, _loggers, _time) = (options, mapping, loggers, time);
        Budget = new ByteBudget(options.BufferBytes);
        _lanes = new LaneTable(Budget);
        Reports = new DeliveryReports(_lanes, Budget, Counters);
        Producer = new RecordProducer(options.Kafka, options.Instance, Reports, Logger<RecordProducer>());
        Catalog = new TopicCatalog(Producer, options.Kafka, options.Instance, Logger<TopicCatalog>());
        DeadLetters = new DeadLetterWriter(
            Producer,
            Catalog,
            options.DeadLetterTopic,
            "kalinka-pub",
            time,
            Logger<DeadLetterWriter>()
        );
        Reports.DeadLetters = DeadLetters;
        Topics = new RuleTopics(Catalog, TopicsToCreate(), time, Logger<RuleTopics>());
        ZnodeSeats = ConnectSeats();
        Directory = ConnectDirectory();
        Presence = TrackClients();
        Upkeep = KeepDirectory();
        Records = ZnodeSeats is null ? null : new SessionRecords(ZnodeSeats.Client);
        _pauseWatch = options.ZooKeeper is { } keeper ? new PauseWatch(keeper.SessionTimeout, time, Wake) : null;
        Builder = new SeatBuilder(options, mapping, Flow(), _lanes, ZnodeSeats, Records, time, loggers);
        Seats = Seat();
        _retirement = Retirement();
        Brokers = new RosteredBrokers<SeatedBroker>(
            [.. Roster.Of(options.Mqtt.Brokers).Select(entry => Seated(entry, entry.Broker))],
            entry => Seated(entry, null)
        );
    }

    public ByteBudget Budget { get; }

    public ProducingCounters Counters { get; } = new();

    public DeliveryReports Reports { get; }

    public RecordProducer Producer { get; }

    public TopicCatalog Catalog { get; }

    public DeadLetterWriter DeadLetters { get; }

    public RuleTopics Topics { get; }

    /// <summary>Null without ZooKeeper.</summary>
    public ZnodeSeats? ZnodeSeats { get; }

    /// <summary>Which MQTT sessions we have; null without ZooKeeper.</summary>
    public SessionRecords? Records { get; }

    public SeatBuilder Builder { get; }

    /// <summary>Null without presence, or without a place to write it.</summary>
    public DirectorySession? Directory { get; }

    /// <summary>Null when presence is off.</summary>
    public PresenceStage? Presence { get; }

    /// <summary>Null when presence is off.</summary>
    public DirectoryUpkeep? Upkeep { get; }

    /// <summary>Brokers may be added and removed while the pipeline runs, <see cref="SeatsPerBroker"/> seats each.</summary>
    public SeatTable Seats { get; }

    /// <summary>The brokers that have, had or might have seats.</summary>
    public RosteredBrokers<SeatedBroker> Brokers { get; }

    /// <summary>Without ZooKeeper 1: nobody could share them out.</summary>
    public int SeatsPerBroker => ZnodeSeats is null ? 1 : _options.Mqtt.Seats;

    /// <summary>Tells how brokers come and go, one change after the other, until cancelled; without ZooKeeper they stay.</summary>
    public Task FollowRosterAsync(Action<RosterChange> changed, CancellationToken stopping) =>
        ZnodeSeats is null
            ? Task.CompletedTask
            : new BrokerRoster(
                ZnodeSeats.Client,
                _options.Mqtt.Brokers,
                _options.Announced,
                _time,
                Logger<BrokerRoster>()
            ).FollowAsync(changed, stopping);

    /// <summary>How often this process had stood still for longer than the ZooKeeper session lives.</summary>
    public long Pauses => Interlocked.Read(ref _pauses);

    /// <summary>Watches for pauses of the process; without ZooKeeper nobody takes our seats meanwhile.</summary>
    public void Start() => _pauseWatch?.Start();

    public async ValueTask DisposeAsync()
    {
        _pauseWatch?.Dispose();
        if (ZnodeSeats is not null)
        {
            await ZnodeSeats.DisposeAsync();
        }

        if (Directory is not null)
        {
            await Directory.DisposeAsync();
        }

        await DeadLetters.DisposeAsync();
        Catalog.Dispose();
        Producer.Dispose();
    }

    // First of all: what waits in the producer is older than what others have produced by now, and the sessions are theirs.
    // Twice, for what passed between the two.
    private void Wake(TimeSpan pause)
    {
        Producer.Purge();
        foreach (var seat in Seats.All)
        {
            seat.Session.Drop();
        }

        Builder.DropRetiring();
        Producer.Purge();
        ZnodeSeats?.DoubtAll();
        Interlocked.Increment(ref _pauses);
        Logger<PauseWatch>()
            .LogWarning(
                "This process stood still for {Seconds:0} s: every connection is made anew",
                pause.TotalSeconds
            );
    }

    private IReadOnlyCollection<string> TopicsToCreate() =>
        _options.Kafka.CreateTopics == TopicCreation.None ? [] : [.. _mapping.KafkaTopics, _options.DeadLetterTopic];

    private ZnodeSeats? ConnectSeats()
    {
        if (_options.ZooKeeper is not { } zooKeeper)
        {
            return null;
        }

        var client = new ZooKeeperClient(zooKeeper, _time, _loggers.CreateLogger("Kalinka.ZooKeeper.Seats"));
        return new ZnodeSeats(client, _options.Instance, zooKeeper.SessionTimeout, _time, Logger<ZnodeSeats>());
    }

    private DirectorySession? ConnectDirectory()
    {
        if (_options.Presence.Sources.Count == 0)
        {
            return null;
        }

        return _options.Directory.Kind == DirectoryKind.Kafka
                ? new DirectorySession(_options.Directory, _options.Kafka, _options.Instance, true, _time, _loggers)
            : _options.ZooKeeper is { } zooKeeper ? new DirectorySession(zooKeeper, _time, _loggers)
            : null;
    }

    private PresenceStage? TrackClients()
    {
        if (Directory is not { } directory)
        {
            return null;
        }

        var presence = new PresenceStage(directory.Clients, _options.Presence, directory.CountAsync, _time, _loggers)
        {
            OwnClientId = _options.Mqtt.ClientId,
        };
        directory.WhenEmptied(presence.WriteAgain);
        return presence;
    }

    private DirectoryUpkeep? KeepDirectory() =>
        Directory is { } directory && Presence is { } presence
            ? new DirectoryUpkeep(
                directory.Clients,
                ZnodeSeats?.Client,
                _options.Instance,
                presence,
                _options.Presence.KeepOffline,
                _time,
                _loggers
            )
            : null;

    private FlowStages Flow() =>
        new(
            _mapping,
            _options.Mapping.DeadLetterUnmapped,
            Budget,
            Qos0Reserve: _options.BufferBytes / 4,
            new TopicRoute(Catalog, Topics.Prepared, _options.Kafka.CreateTopics == TopicCreation.All, _time),
            new RecordSender(Producer),
            DeadLetters,
            Presence,
            _pauseWatch,
            _time
        );

    private SeatTable Seat()
    {
        var seats = new SeatTable(Builder);
        foreach (var broker in _options.Mqtt.Brokers)
        {
            seats.Add(broker, SeatsPerBroker);
        }

        return seats;
    }

    private BrokerRetirement? Retirement() =>
        ZnodeSeats is null || Records is null
            ? null
            : new BrokerRetirement(
                ZnodeSeats,
                Records,
                new SessionEnding(Builder, Records, Logger<SessionEnding>()),
                _time,
                Logger<BrokerRetirement>()
            );

    private SeatedBroker Seated(RosterEntry entry, BrokerOptions? seated) =>
        new(entry, Seats, seated, SeatsPerBroker, _retirement);

    private ILogger<T> Logger<T>() => _loggers.CreateLogger<T>();
}
