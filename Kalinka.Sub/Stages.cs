using System.Diagnostics.Metrics;
using Kalinka.Common.Brokers;
using Kalinka.Common.Directory;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mapping;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Records;
using Kalinka.Sub.Consuming;
using Kalinka.Sub.Deliveries;
using Kalinka.Sub.Locating;
using Kalinka.Sub.Mapping;
using Kalinka.Sub.Partitioning;
using Kalinka.Sub.Publishing;
using Microsoft.Extensions.Logging;

namespace Kalinka.Sub;

/// <summary>
/// The stages, joined: Consuming, Mapping, Locating, Publishing. None of them knows another; what one has for the next
/// passes through here.
/// </summary>
internal sealed class Stages
{
    /// <summary>Records between consumption and settlement, of all partitions together.</summary>
    public const int Window = 16_384;

    // Some 100 bytes each; what one partition holds beyond its watermark, several times over.
    private const int SeenAtMost = 65_536;

    private readonly SubMapping _mapping;
    private readonly KnownNames _names = new();
    private readonly BrokerPartitions _partitions;
    private readonly MessageEncoder _encoder;
    private readonly TurnClock _clock;
    private readonly Outcomes _outcomes;
    private readonly LaneRouter _router;

    public Stages(
        SubOptions options,
        SubMapping mapping,
        ILocationDirectory directory,
        Func<TopicPartition, long, bool> store,
        Action<string> failed,
        ILoggerFactory loggers,
        TimeProvider time,
        CancellationToken stopped
    )
    {
        _mapping = mapping;
        _clock = new TurnClock(time);
        var deliveryBytes = options.Delivery.IsPartitioned ? options.BufferBytes / 2 : options.BufferBytes / 4;
        Application = new RecordSource(isDelivery: false, Window, options.BufferBytes - deliveryBytes);
        Delivery = new RecordSource(isDelivery: true, Window, deliveryBytes);
        _partitions = new BrokerPartitions(options.Mqtt.Brokers);
        _encoder = new MessageEncoder(_clock, RenderTopic, WriteProperties, Counters.LeftOut);

        var seen = new SeenRecords(SeenAtMost);
        var settlement = new Settlement(Pool, seen, Counters);
        DeadLetters = new DeadLetters(Pool, Inbox, settlement.Settle, failed);
        settlement.Use(DeadLetters);
        var endings = new Endings(options.Delivery, settlement, _clock);
        Guard = new AbsenceGuard(_clock, loggers.CreateLogger<AbsenceGuard>());
        _router = new LaneRouter(options.Delivery.InFlightPerClient, seen, settlement, endings, Guard, _clock);
        var gathering = new Gathering(Inbox, _clock);

        Conclusions conclusions = null!;
        Departures departures = null!;
        Relay = new Relay(
            Pool,
            Inbox,
            _clock,
            options.Delivery.KafkaTopic,
            _router.Advance,
            delivery => departures.OnRelayed(delivery),
            (delivery, reason) => departures.OnRefused(delivery, reason)
        );
        UnknownBrokers = new UnknownBrokers(_clock);
        var destinations = new Destinations(options.Delivery, _partitions, UnknownBrokers, Backlog, Relay, _clock);
        var locator = new Locator(
            directory,
            Inbox,
            name => Sessions!.IsRetired(name),
            lane => conclusions.OnAnswered(lane),
            stopped
        );
        WaitingRoom = new WaitingRoom(
            locator,
            Guard,
            Inbox,
            _clock,
            options.Delivery.AbsentWait,
            Window / 4,
            _router.Advance
        );
        departures = new Departures(settlement, endings, destinations, Relay, WaitingRoom, gathering, Counters);
        conclusions = new Conclusions(_router, endings, locator, WaitingRoom, destinations, Guard);
        _outcomes = new Outcomes(_router, settlement, endings, locator, WaitingRoom, _clock, Counters);

        Configured = [.. options.Mqtt.Brokers.Select(broker => NewSession(broker.Name, broker.Version, true))];
        Sessions = new BrokerSessions(
            Configured,
            name => NewSession(name, MqttVersion.V5, false),
            options.Delivery.BrokerWait,
            _clock,
            _router.Advance,
            conclusions.GiveUp,
            loggers.CreateLogger<BrokerSessions>()
        );
        _router.Join(locator, WaitingRoom, Sessions, departures);
        Assignments = new Assignments(store, _router.Withdraw, _clock);
        Dispatcher = new Dispatcher(Inbox, _clock, Assignments, WaitingRoom, Sessions, Relay, _router, gathering);
        directory.Watch(Dispatcher.Changed);
    }

    /// <summary>Records that wait for an absent client, an unreachable broker or the directory's answer. Any thread.</summary>
    public int Waiting => WaitingRoom.Records + Sessions.Records;

    public Inbox Inbox { get; } = new();

    public SubCounters Counters { get; } = new();

    public DeliveryPool Pool { get; } = new();

    /// <summary>The application's topics.</summary>
    public RecordSource Application { get; }

    /// <summary>The delivery topic.</summary>
    public RecordSource Delivery { get; }

    public Relay Relay { get; }

    public Backlog Backlog { get; } = new();

    /// <summary>Names that the directory knows and that are no broker's.</summary>
    public UnknownBrokers UnknownBrokers { get; }

    /// <summary>Takes the reports of the producer.</summary>
    public ProducerReports Reports => new(DeadLetters, Relay);

    public DeadLetters DeadLetters { get; }

    public AbsenceGuard Guard { get; }

    public WaitingRoom WaitingRoom { get; }

    /// <summary>The sessions of the configured brokers, in their order.</summary>
    public IReadOnlyList<BrokerSession> Configured { get; }

    public BrokerSessions Sessions { get; }

    public Assignments Assignments { get; }

    public Dispatcher Dispatcher { get; }

    /// <summary>Applies the rules; whatever one message throws is a rejection of that message. The thread that consumes.</summary>
    public void Map(Delivery delivery)
    {
        Counters.Consumed();
        Apply(delivery);
    }

    /// <summary>
    /// The same for a record of the delivery topic, by the rules for where it stood first. The thread that consumes.
    /// </summary>
    public void Unwrap(Delivery delivery)
    {
        if (!DeliveryRecord.TryRead(delivery.Record, _names, out var origin, out var offset, out var hop))
        {
            Reject(delivery, "is no record of a delivery: kalinka-origin and kalinka-delivery-hops tell nothing");
            return;
        }

        delivery.Unwrap(origin, offset, hop);
        Apply(delivery);
        if (delivery.Verdict == MappingVerdict.Unmapped)
        {
            // It was wanted when it was written: no reason to let it go without a trace.
            Reject(delivery, $"no rule reads {origin.KafkaTopic} any more");
        }
    }

    /// <summary>A change of the roster. The dispatcher's.</summary>
    public void Take(RosterChange change)
    {
        _partitions.Take(change);
        UnknownBrokers.Take(change);
        var held = change.Kind != RosterChangeKind.Removed && change.Entry.Held;
        Sessions.Hold(change.Entry.Name, held);
    }

    private static void Reject(Delivery delivery, string reason)
    {
        delivery.Verdict = MappingVerdict.Rejected;
        delivery.Message.Rejection = reason;
    }

    private void Apply(Delivery delivery)
    {
        try
        {
            delivery.Verdict = _mapping.Map(delivery.Record, delivery.Message);
            delivery.TopicNeedsBroker = delivery.Message.TopicNeedsBroker;
        }
        catch (Exception e)
        {
            Reject(delivery, $"cannot be mapped: {e.Message}");
        }
    }

    public void Register(Meter meter)
    {
        Counters.Register(meter);
        meter.CreateObservableGauge("kalinka_sub_in_flight", () => Pool.Rented);
        meter.CreateObservableGauge("kalinka_sub_waiting", () => Waiting);
        meter.CreateObservableGauge("kalinka_sub_absences_held", () => Guard.Alert ? 1 : 0);
        meter.CreateObservableGauge("kalinka_sub_unknown_brokers", () => new UnknownReport(this).Count);
    }

    private string? RenderTopic(Delivery delivery, ReadOnlySpan<byte> brokerName) =>
        _mapping.RenderTopic(delivery.Record, brokerName, delivery.Message) == MappingVerdict.Mapped
            ? null
            : delivery.Message.Rejection ?? "its topic names the broker, and is none with this one";

    private void WriteProperties(Delivery delivery, PublishPropertiesWriter into) =>
        _mapping.WriteProperties(delivery.Record, into);

    private BrokerSession NewSession(string name, MqttVersion version, bool isKnown) =>
        new(name, new BrokerService(version, isKnown), _encoder, _clock, _router.Advance, _outcomes.OnOutcome);
}
