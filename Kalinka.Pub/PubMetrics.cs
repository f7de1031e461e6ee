using System.Diagnostics.Metrics;

namespace Kalinka.Pub;

/// <summary>
/// What <c>/metrics</c> shows of pub. Everything is read from the stages' own totals when it is asked for, so that
/// measuring costs a message nothing.
/// </summary>
internal sealed class PubMetrics : IDisposable
{
    private readonly PubStages _stages;
    private readonly Meter _meter;

    public PubMetrics(IMeterFactory meters, PubStages stages, SharedSeats? shared)
    {
        _stages = stages;
        _meter = meters.Create("Kalinka");
        PerBroker("kalinka_pub_received", "Messages received", counters => counters.Received);
        PerBroker("kalinka_pub_unmapped", "Messages that no rule matched, dropped", counters => counters.Unmapped);
        PerBroker("kalinka_pub_shed_qos0", "QoS 0 messages dropped for want of room", counters => counters.Shed);
        PerBroker("kalinka_pub_overlapping_copies", "Further copies of one message", counters => counters.Copies);
        PerBroker("kalinka_pub_forged_headers", "User properties left out", counters => counters.ForgedHeaders);
        PerBroker("kalinka_pub_dead_lettered", "Messages that became dead letters", counters => counters.DeadLettered);
        PerBroker(
            "kalinka_pub_already_confirmed",
            "Messages sent again that Kafka had already confirmed",
            counters => counters.AlreadyConfirmed
        );
        PerBroker(
            "kalinka_pub_malformed",
            "Malformed packets that became dead letters",
            counters => counters.Malformed
        );
        _meter.CreateObservableCounter(
            "kalinka_pub_sessions_lost",
            () => OfSeats(seat => seat.Session.SessionsLost),
            null,
            "Sessions that the broker had forgotten when we came back"
        );
        Total(
            "kalinka_pub_produced",
            "Records confirmed by Kafka",
            () => Interlocked.Read(ref stages.Counters.Produced)
        );
        Total(
            "kalinka_pub_refused",
            "Records that Kafka refused",
            () => Interlocked.Read(ref stages.Counters.DeadLettered)
        );
        if (stages.Presence is { } presence)
        {
            PresenceMetrics.Add(_meter, presence);
        }

        Total("kalinka_pub_takeovers", "Seats taken of instances that died", () => shared?.Tallies.Takeovers ?? 0);
        Total("kalinka_pub_handovers", "Seats given up for another", () => shared?.Tallies.Handovers ?? 0);
        Total("kalinka_pub_sessions_retired", "Sessions that were ended", () => shared?.Retired ?? 0);
        Total("kalinka_pub_pauses", "Times that this process had stood still", () => stages.Pauses);
        Gauge("kalinka_pub_outstanding", "Records without a delivery report", () => stages.Producer.Outstanding);
        Gauge("kalinka_pub_buffered_bytes", "Bytes between broker and delivery report", () => stages.Budget.Held);
        Gauge("kalinka_pub_dead_letters_held", "Dead letters that wait to be written", () => stages.DeadLetters.Held);
        _meter.CreateObservableGauge(
            "kalinka_pub_in_flight",
            InFlight,
            null,
            "Messages taken and not yet acknowledged"
        );
        _meter.CreateObservableGauge(
            "kalinka_pub_queue_age_ms",
            () => Known(seat => seat.Flow.Observation.Age.AgeMs),
            null,
            "Age of what the broker queues for the seat"
        );
        _meter.CreateObservableGauge(
            "kalinka_pub_dropped_by_broker",
            () => Known(seat => seat.Flow.Observation.Drops?.Dropped),
            null,
            "Messages that the broker says it dropped because a queue was full, since its start"
        );
        _meter.CreateObservableGauge("kalinka_pub_seats_subscribed", Subscribed, null, "Seats that are being read");
    }

    public void Dispose() => _meter.Dispose();

    private void PerBroker(string name, string description, Func<SeatCounters, long> counter) =>
        _meter.CreateObservableCounter(name, () => OfSeats(seat => counter(seat.Flow.Counters)), null, description);

    private void Total(string name, string description, Func<long> value) =>
        _meter.CreateObservableCounter(name, value, null, description);

    private void Gauge(string name, string description, Func<long> value) =>
        _meter.CreateObservableGauge(name, value, null, description);

    private IEnumerable<Measurement<long>> InFlight() => OfSeats(seat => seat.Flow.InFlight);

    private IEnumerable<Measurement<long>> Subscribed() => OfSeats(seat => seat.Session.Subscribed ? 1 : 0);

    private IEnumerable<Measurement<long>> Known(Func<SeatRunner, long?> value) =>
        _stages
            .Seats.All.Select(seat => (Seat: seat, Value: value(seat)))
            .Where(pair => pair.Value is not null)
            .Select(pair => OfSeat(pair.Seat, pair.Value!.Value));

    private IEnumerable<Measurement<long>> OfSeats(Func<SeatRunner, long> value) =>
        _stages.Seats.All.Select(seat => OfSeat(seat, value(seat)));

    private static Measurement<long> OfSeat(SeatRunner seat, long value) =>
        new(
            value,
            new KeyValuePair<string, object?>("broker", seat.Claim.BrokerName),
            new KeyValuePair<string, object?>("seat", seat.Claim.Number)
        );
}
