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
        (ZnodeSeats, Directory) = ConnectZooKeeper();
        Presence = TrackTraffic();
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

    /// <summary>Null without ZooKeeper or without presence.</summary>
    public DirectorySession? Directory { get; }

    /// <summary>Null when presence by traffic is off.</summary>
    public TrafficPresence? Presence { get; }

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

    private (ZnodeSeats?, DirectorySession?) ConnectZooKeeper()
    {
        if (_options.ZooKeeper is not { } zooKeeper)
        {
            return (null, null);
        }

        var client = new ZooKeeperClient(zooKeeper, _time, _loggers.CreateLogger("Kalinka.ZooKeeper.Seats"));
        var seats = new ZnodeSeats(client, _options.Instance, zooKeeper.SessionTimeout, _time, Logger<ZnodeSeats>());
        return (seats, _options.Presence.Sources.Count == 0 ? null : new DirectorySession(zooKeeper, _time, _loggers));
    }

    private TrafficPresence? TrackTraffic() =>
        Directory is not null && _options.Presence.Sources.Any(source => source.Preset == "Traffic")
            ? new TrafficPresence(Directory.Clients, _time, Logger<TrafficPresence>())
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

    private IEnumerable<SeatRunner> SeatsOf(BrokerOptions broker)
    {
        var sharing = new Sharing(broker);
        var seats = ZnodeSeats is null ? 1 : sharing.SeatsOf(_options.Mqtt.Seats);
        return Enumerable.Range(0, seats).Select(number => Seat(broker, number, sharing));
    }

    private SeatRunner Seat(BrokerOptions broker, int number, Sharing sharing)
    {
        SeatClaim claim = ZnodeSeats is null
            ? new FixedSeatClaim(broker.Name, number, _time.GetUtcNow().ToUnixTimeMilliseconds())
            : ZnodeSeats.Claim(broker.Name, number);
        var lane = _lanes.Add(_options.Mqtt.ReceiveMaximum);
        var counters = new SeatCounters();
        var connect = ConnectOptions(broker, number);
        var observation = Observe(broker, number, connect.ClientId, counters, lane);
        var flow = new SeatFlow(_flow, lane, counters, broker.Name, observation);
        var session = new SeatSession(
            new MqttConnector(_time, Logger<MqttConnector>()),
            connect,
            new SeatSubscriptions(
                [.. _mapping.Subscriptions.Select(Subscribe)],
                _options.Mqtt.ShareName,
                number,
                sharing,
                observation.All
            ),
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
        int number,
        string clientId,
        SeatCounters counters,
        SeatLane lane
    ) =>
        SeatObservation.Of(
            new AgeMarker(
                clientId,
                () => new SeatTraffic(counters.Received, lane.InFlight),
                _time,
                Logger<AgeMarker>()
            ),
            firstSeat: number == 0,
            ObserversOf(broker),
            _mapping.Subscriptions.Select(subscription => subscription.Identifier).OfType<uint>()
        );

    /// <summary>Who reads a broker's events, in the session of its first seat.</summary>
    private static IReadOnlyList<ISeatObserver> ObserversOf(BrokerOptions broker) => [];

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

    private static MqttSubscription Subscribe(PubSubscription subscription) =>
        new(subscription.Filter, 1, subscription.Identifier);

    private ILogger<T> Logger<T>() => _loggers.CreateLogger<T>();
}
