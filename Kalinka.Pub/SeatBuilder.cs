using Kalinka.Common.Mqtt;
using Kalinka.Common.Resilience;
using Kalinka.Pub.Intake;
using Kalinka.Pub.Mapping;
using Kalinka.Pub.Producing;
using Kalinka.Pub.Seats;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub;

/// <summary>Makes the parts of one seat and joins them, and takes them apart again. Any thread.</summary>
/// <param name="znodes">Null without ZooKeeper: the seat is always ours.</param>
internal sealed class SeatBuilder(
    PubOptions options,
    PubMapping mapping,
    FlowStages stages,
    LaneTable lanes,
    ZnodeSeats? znodes,
    TimeProvider time,
    ILoggerFactory loggers
)
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    public SeatRunner Build(BrokerOptions broker, int number)
    {
        var lane = lanes.Add(options.Mqtt.ReceiveMaximum);
        var flow = new SeatFlow(stages, lane, new SeatCounters(), broker.Name);
        var session = new SeatSession(
            new MqttConnector(time, loggers.CreateLogger<MqttConnector>()),
            ConnectOptions(broker, number),
            [.. mapping.Subscriptions.Select(Subscribe)],
            flow,
            time,
            loggers.CreateLogger<SeatSession>()
        );
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

    private MqttConnectOptions ConnectOptions(BrokerOptions broker, int number) =>
        new(
            broker,
            $"{options.Mqtt.ClientId}-{broker.Name}-{number}",
            CleanStart: false,
            options.Mqtt.SessionExpiry,
            options.Mqtt.ReceiveMaximum,
            options.Mqtt.KeepAlive,
            ConnectTimeout
        );

    private MqttSubscription Subscribe(PubSubscription subscription) =>
        new($"$share/{options.Mqtt.ShareName}/{subscription.Filter}", 1, subscription.Identifier);
}
