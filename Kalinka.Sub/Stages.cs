using System.Diagnostics.Metrics;
using Kalinka.Common.Delivery;
using Kalinka.Common.Directory;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mapping;
using Kalinka.Common.Mqtt;
using Kalinka.Sub.Consuming;
using Kalinka.Sub.Deliveries;
using Kalinka.Sub.Locating;
using Kalinka.Sub.Mapping;
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

    private readonly SubMapping _mapping;
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
        Pool = new DeliveryPool(Window, new ByteBudget(options.BufferBytes));
        _encoder = new MessageEncoder(_clock, RenderTopic, WriteProperties, Counters.LeftOut);

        var settlement = new Settlement(Pool, Counters);
        DeadLetters = new DeadLetters(Pool, Inbox, settlement.Settle, failed);
        settlement.Use(DeadLetters);
        var endings = new Endings(options.Delivery, settlement, _clock);
        Guard = new AbsenceGuard(_clock, loggers.CreateLogger<AbsenceGuard>());
        var gathering = new Gathering(Inbox, _clock);
        _router = new LaneRouter(
            options.Delivery.InFlightPerClient,
            new ClientLanes(),
            settlement,
            endings,
            Guard,
            gathering,
            _clock
        );

        Conclusions conclusions = null!;
        var locator = new Locator(directory, Inbox, lane => conclusions.OnAnswered(lane), stopped);
        WaitingRoom = new WaitingRoom(
            locator,
            Guard,
            Inbox,
            _clock,
            options.Delivery.AbsentWait,
            Window / 4,
            _router.Advance
        );
        conclusions = new Conclusions(_router, endings, locator, WaitingRoom, Guard);
        _outcomes = new Outcomes(_router, settlement, endings, locator, WaitingRoom, _clock, Counters);

        Configured = [.. options.Mqtt.Brokers.Select(broker => NewSession(broker.Name, broker.Version))];
        Sessions = new BrokerSessions(
            Configured,
            name => NewSession(name, MqttVersion.V5),
            options.Delivery.BrokerWait,
            _clock,
            conclusions.GiveUp,
            loggers.CreateLogger<BrokerSessions>()
        );
        _router.Join(locator, WaitingRoom, Sessions);
        Assignments = new Assignments(store, _router.Withdraw, _clock);
        Dispatcher = new Dispatcher(Inbox, _clock, Assignments, WaitingRoom, Sessions, _router, gathering);
        directory.Watch(Dispatcher.Changed);
    }

    /// <summary>Records that wait for an absent client, an unreachable broker or the directory's answer. Any thread.</summary>
    public int Waiting => WaitingRoom.Records + Sessions.Records;

    public Inbox Inbox { get; } = new();

    public SubCounters Counters { get; } = new();

    public DeliveryPool Pool { get; }

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
        try
        {
            delivery.Verdict = _mapping.Map(delivery.Record, delivery.Message);
            delivery.TopicNeedsBroker = delivery.Message.TopicNeedsBroker;
        }
        catch (Exception e)
        {
            delivery.Verdict = MappingVerdict.Rejected;
            delivery.Message.Rejection = $"cannot be mapped: {e.Message}";
        }
    }

    public void Register(Meter meter)
    {
        Counters.Register(meter);
        meter.CreateObservableGauge("kalinka_sub_in_flight", () => Pool.Rented);
        meter.CreateObservableGauge("kalinka_sub_waiting", () => Waiting);
        meter.CreateObservableGauge("kalinka_sub_absences_held", () => Guard.Alert ? 1 : 0);
        meter.CreateObservableCounter(
            "kalinka_sub_broker_published",
            () =>
                Configured.Select(session => new Measurement<long>(
                    session.Published,
                    new KeyValuePair<string, object?>("broker", session.Name)
                ))
        );
    }

    private string? RenderTopic(Delivery delivery, ReadOnlySpan<byte> brokerName) =>
        _mapping.RenderTopic(delivery.Record, brokerName, delivery.Message) == MappingVerdict.Mapped
            ? null
            : delivery.Message.Rejection ?? "its topic names the broker, and is none with this one";

    private void WriteProperties(Delivery delivery, PublishPropertiesWriter into) =>
        _mapping.WriteProperties(delivery.Record, into);

    private BrokerSession NewSession(string name, MqttVersion version) =>
        new(name, version, _encoder, _clock, _router.Advance, _outcomes.OnOutcome);
}
