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

    public SeatRunner Build(BrokerOptions broker, int number)
    {
        var lane = lanes.Add(options.Mqtt.ReceiveMaximum);
        var flow = new SeatFlow(stages, lane, new SeatCounters(), broker.Name);
        var connect = ConnectOptions(broker, ClientIdOf(broker, number));
        var recorded = records is null ? null : Recorded(records);
        var session = new SeatSession(
            (IMqttConnector?)recorded ?? Connector(),
            connect,
            [.. mapping.Subscriptions.Select(Subscribe)],
            flow,
            time,
            loggers.CreateLogger<SeatSession>()
        )
        {
            Tidy = recorded is null ? null : token => recorded.TidyAsync(connect, token),
        };
        var reconnect = new Reconnect(time, ReconnectDelays.Default, static _ => false);
        return new SeatRunner(
            Claim(broker, number),
            session,
            flow,
            options.Sequence,
            reconnect,
            loggers.CreateLogger<SeatRunner>()
        );
    }

    /// <summary>The Client Identifier of the session of a seat.</summary>
    public string ClientIdOf(BrokerOptions broker, int number) => $"{options.Mqtt.ClientId}-{broker.Name}-{number}";

    /// <summary>What it takes to retire a session; dispose of it afterwards.</summary>
    public RetiringParts Retiring(
        BrokerOptions broker,
        string clientId,
        IReadOnlyCollection<string> filters,
        SequenceHeader sequence
    )
    {
        var lane = lanes.Add(options.Mqtt.ReceiveMaximum);
        var flow = new SeatFlow(stages, lane, new SeatCounters(), broker.Name);
        flow.Number(options.Sequence ? sequence : null);
        var session = new RetiringSession(
            Connector(),
            ConnectOptions(broker, clientId),
            filters,
            flow,
            time,
            loggers.CreateLogger<RetiringSession>()
        );
        return new RetiringParts(session, () => flow.ReturnLaneTo(lanes));
    }

    /// <summary>After the seat has run: what it took of the shared parts is free again once its records are reported.</summary>
    public void Scrap(SeatRunner seat)
    {
        if (seat.Claim is ZnodeSeatClaim claim)
        {
            znodes!.Forget(claim);
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

    private MqttSubscription Subscribe(PubSubscription subscription) =>
        new($"$share/{options.Mqtt.ShareName}/{subscription.Filter}", 1, subscription.Identifier);
}

/// <summary>A session to be retired, with what it has taken of the shared parts.</summary>
internal sealed class RetiringParts(RetiringSession session, Action giveBack) : IDisposable
{
    public RetiringSession Session => session;

    public void Dispose() => giveBack();
}
