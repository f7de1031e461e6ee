using Kalinka.Common.Delivery;
using Kalinka.Common.Directory;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Records;
using Kalinka.Common.Resilience;
using Kalinka.Common.ZooKeeper;
using Kalinka.Pub.Intake;
using Kalinka.Pub.Mapping;
using Kalinka.Pub.Presence;
using Kalinka.Pub.Producing;
using Kalinka.Pub.Seats;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub;

/// <summary>Every part of the pipeline, built once from the configuration.</summary>
internal sealed class PubStages : IAsyncDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly PubOptions _options;
    private readonly PubMapping _mapping;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly LaneTable _lanes;
    private readonly FlowStages _flow;

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
        _flow = Flow();
        Seats = [.. options.Mqtt.Brokers.SelectMany(SeatsOf)];
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

    /// <summary>Null without presence, or without a place to write it.</summary>
    public DirectorySession? Directory { get; }

    /// <summary>Null when presence is off.</summary>
    public PresenceStage? Presence { get; }

    /// <summary>Null when presence is off.</summary>
    public DirectoryUpkeep? Upkeep { get; }

    public IReadOnlyList<SeatRunner> Seats { get; }

    public async ValueTask DisposeAsync()
    {
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

    private PresenceStage? TrackClients() =>
        Directory is { } directory
            ? new PresenceStage(directory.Clients, _options.Presence, directory.CountAsync, _time, _loggers)
            : null;

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
            _time
        );

    private IEnumerable<SeatRunner> SeatsOf(BrokerOptions broker) =>
        Enumerable.Range(0, ZnodeSeats is null ? 1 : _options.Mqtt.Seats).Select(number => Seat(broker, number));

    private SeatRunner Seat(BrokerOptions broker, int number)
    {
        SeatClaim claim = ZnodeSeats is null
            ? new FixedSeatClaim(broker.Name, number, _time.GetUtcNow().ToUnixTimeMilliseconds())
            : ZnodeSeats.Claim(broker.Name, number);
        var lane = _lanes.Add(_options.Mqtt.ReceiveMaximum);
        var counters = new SeatCounters();
        var connect = ConnectOptions(broker, number);
        var observation = Observe(broker, claim, connect.ClientId, counters, lane);
        var flow = new SeatFlow(_flow, lane, counters, broker.Name, observation);
        var session = new SeatSession(
            new MqttConnector(_time, Logger<MqttConnector>()),
            connect,
            new SeatSubscriptions([.. _mapping.Subscriptions.Select(Subscribe)], observation.All),
            observation.All,
            flow,
            _time,
            Logger<SeatSession>()
        );
        var reconnect = new Reconnect(_time, ReconnectDelays.Default, static _ => false);
        return new SeatRunner(claim, session, flow, _options.Sequence, reconnect, Logger<SeatRunner>());
    }

    private SeatObservation Observe(
        BrokerOptions broker,
        SeatClaim claim,
        string clientId,
        SeatCounters counters,
        SeatLane lane
    )
    {
        var age = new AgeMarker(
            clientId,
            () => new SeatTraffic(counters.Received, lane.InFlight),
            _time,
            Logger<AgeMarker>()
        );
        return SeatObservation.Of(
            age,
            firstSeat: claim.Number == 0,
            claim.Number == 0 ? ObserversOf(broker, claim, age) : [],
            _mapping.Subscriptions.Select(subscription => subscription.Identifier).OfType<uint>()
        );
    }

    /// <summary>Who reads a broker's events, in the session of its first seat.</summary>
    private IReadOnlyList<ISeatObserver> ObserversOf(BrokerOptions broker, SeatClaim claim, AgeMarker age) =>
        Presence?.ReaderOf(broker.Name) is { } reader ? [PresenceObserver.Of(reader, claim, age)] : [];

    private MqttConnectOptions ConnectOptions(BrokerOptions broker, int number) =>
        new(
            broker,
            $"{_options.Mqtt.ClientId}-{broker.Name}-{number}",
            CleanStart: false,
            _options.Mqtt.SessionExpiry,
            _options.Mqtt.ReceiveMaximum,
            _options.Mqtt.KeepAlive,
            ConnectTimeout
        );

    private MqttSubscription Subscribe(PubSubscription subscription) =>
        new($"$share/{_options.Mqtt.ShareName}/{subscription.Filter}", 1, subscription.Identifier);

    private ILogger<T> Logger<T>() => _loggers.CreateLogger<T>();
}
