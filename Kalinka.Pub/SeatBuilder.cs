using System.Collections.Concurrent;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Records;
using Kalinka.Common.Resilience;
using Kalinka.Pub.Intake;
using Kalinka.Pub.Mapping;
using Kalinka.Pub.Producing;
using Kalinka.Pub.Seats;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub;

/// <summary>Makes the parts of one seat and joins them, and takes them apart again. Any thread.</summary>
/// <param name="znodes">Null without ZooKeeper: the seat is always ours.</param>
/// <param name="records">Null without ZooKeeper: nobody else needs to know our sessions.</param>
internal sealed class SeatBuilder(
    PubOptions options,
    PubMapping mapping,
    FlowStages stages,
    LaneTable lanes,
    ZnodeSeats? znodes,
    SessionRecords? records,
    TimeProvider time,
    ILoggerFactory loggers
)
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<RetiringSession, bool> _retiring = new();

    private IEnumerable<string> EventFilters => stages.Presence?.Filters ?? [];

    /// <param name="seats">1 or more; a broker without shared subscriptions gets one.</param>
    public IReadOnlyList<SeatRunner> BuildAll(BrokerOptions broker, int seats)
    {
        var sharing = new Sharing(broker);
        return [.. Enumerable.Range(0, sharing.SeatsOf(seats)).Select(number => Build(broker, number, sharing))];
    }

    private SeatRunner Build(BrokerOptions broker, int number, Sharing sharing)
    {
        var connect = ConnectOptions(broker, ClientIdOf(broker, number));
        var claim = Claim(broker, number);
        var flow = Flow(broker, connect.ClientId, number, age => ObserversOf(broker, claim, age));
        var recorded = records is null ? null : Recorded(records);
        var session = new SeatSession(
            (IMqttConnector?)recorded ?? Connector(),
            connect,
            Subscriptions(number, sharing, flow.Observation.All),
            flow.Observation.All,
            flow,
            time,
            loggers.CreateLogger<SeatSession>()
        )
        {
            Tidy = recorded is null ? null : token => recorded.TidyAsync(connect, token),
        };

        // The znode of the seat was made anew: where that was lost with the ensemble, so is the record of the session.
        claim.EpochChanged += _ => session.TidyAgain();
        var reconnect = new Reconnect(time, ReconnectDelays.Default, static _ => false);
        return new SeatRunner(claim, session, flow, options.Sequence, reconnect, loggers.CreateLogger<SeatRunner>());
    }

    /// <summary>The Client Identifier of the session of a seat.</summary>
    public string ClientIdOf(BrokerOptions broker, int number) => $"{options.Mqtt.ClientId}-{broker.Name}-{number}";

    /// <summary>What it takes to retire a session; dispose of it afterwards.</summary>
    public RetiringParts Retiring(
        BrokerOptions broker,
        string clientId,
        IReadOnlyCollection<string> filters,
        SequenceHeader sequence,
        MalformedPublishes malformed
    )
    {
        var flow = Flow(broker, clientId, RetirementRules.SeatOf(clientId) ?? 0, _ => [new UnreadEvents(EventFilters)]);
        flow.Number(options.Sequence ? sequence : null);
        var session = new RetiringSession(
            Connector(),
            ConnectOptions(broker, clientId),
            filters,
            flow,
            malformed,
            time,
            loggers.CreateLogger<RetiringSession>()
        );
        _retiring.TryAdd(session, true);
        return new RetiringParts(
            session,
            () =>
            {
                _retiring.TryRemove(session, out _);
                flow.ReturnLaneTo(lanes);
            }
        );
    }

    /// <summary>Drops every session that is being retired: see <see cref="RetiringSession.Drop"/>.</summary>
    public void DropRetiring()
    {
        foreach (var (session, _) in _retiring)
        {
            session.Drop();
        }
    }

    /// <summary>After the seat has run: what it took of the shared parts is free again once its records are reported.</summary>
    public void Scrap(SeatRunner seat)
    {
        if (seat.Claim is ZnodeSeatClaim claim)
        {
            znodes!.Forget(claim);
        }

        if (seat.Claim.Number == 0)
        {
            stages.Presence?.Forget(seat.Claim.BrokerName);
        }

        seat.Flow.ReturnLaneTo(lanes);
    }

    private SeatClaim Claim(BrokerOptions broker, int number) =>
        znodes is null
            ? new FixedSeatClaim(broker.Name, number, time.GetUtcNow().ToUnixTimeMilliseconds())
            : znodes.Claim(broker.Name, number);

    private MqttConnector Connector() => new MqttConnector(time, loggers.CreateLogger<MqttConnector>());

    private RecordedConnector Recorded(SessionRecords of) =>
        new(Connector(), of, time, loggers.CreateLogger<RecordedConnector>());

    private MqttConnectOptions ConnectOptions(BrokerOptions broker, string clientId) =>
        new(
            broker,
            clientId,
            CleanStart: false,
            options.Mqtt.SessionExpiry,
            options.Mqtt.ReceiveMaximum,
            options.Mqtt.KeepAlive,
            ConnectTimeout
        );

    private SeatFlow Flow(
        BrokerOptions broker,
        string clientId,
        int number,
        Func<AgeMarker, IReadOnlyList<ISeatObserver>> ofFirst
    )
    {
        var lane = lanes.Add(options.Mqtt.ReceiveMaximum);
        var counters = new SeatCounters();
        var age = new AgeMarker(
            clientId,
            () => new SeatTraffic(counters.Received, lane.InFlight),
            time,
            loggers.CreateLogger<AgeMarker>()
        );
        var observation = SeatObservation.Of(
            age,
            firstSeat: number == 0,
            number == 0 ? ofFirst(age) : [],
            mapping.Subscriptions.Select(subscription => subscription.Identifier).OfType<uint>()
        );
        return new SeatFlow(stages, lane, counters, broker.Name, observation);
    }

    // Who reads a broker's events, in the session of its first seat; made before all that notes the broker's messages.
    private IReadOnlyList<ISeatObserver> ObserversOf(BrokerOptions broker, SeatClaim claim, AgeMarker age) =>
        stages.Presence?.ReaderOf(broker.Name) is { } reader ? [PresenceObserver.Of(reader, claim, age)] : [];

    private SeatSubscriptions Subscriptions(int number, Sharing sharing, SeatObservers observers) =>
        new(
            [.. mapping.Subscriptions.Select(each => new MqttSubscription(each.Filter, 1, each.Identifier))],
            options.Mqtt.ShareName,
            number,
            sharing,
            observers
        );
}

/// <summary>A session to be retired, with what it has taken of the shared parts.</summary>
internal sealed class RetiringParts(RetiringSession session, Action giveBack) : IDisposable
{
    public RetiringSession Session => session;

    public void Dispose() => giveBack();
}
