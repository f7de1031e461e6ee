using System.Globalization;
using Kalinka.Common.Mqtt;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Common.Verbs;

/// <summary>Connects to a broker with a session that leaves nothing behind, and reads what it grants.</summary>
internal sealed class BrokerCheck(MqttOptions mqtt, TimeProvider time)
{
    private readonly MqttConnector _connector = new(time, NullLogger<MqttConnector>.Instance);

    // A Client Identifier of its own: the check must not take over the session of a running daemon.
    private readonly string _clientId = string.Create(
        CultureInfo.InvariantCulture,
        $"{mqtt.ClientId}-check-{Environment.ProcessId}"
    );

    public async Task<ServerAnswer> TryAsync(BrokerOptions broker, CancellationToken cancellationToken)
    {
        var server = $"broker {broker}";
        try
        {
            await using var connection = await _connector.ConnectAsync(
                new MqttConnectOptions(
                    broker,
                    _clientId,
                    CleanStart: true,
                    SessionExpiry: TimeSpan.Zero,
                    mqtt.ReceiveMaximum,
                    mqtt.KeepAlive,
                    ServerCheck.Patience
                ),
                new Deaf(),
                cancellationToken
            );
            await connection.DisconnectAsync(MqttReasonCode.Success, TimeSpan.FromSeconds(1));
            return new ServerAnswer(server, true, Describe(connection.Grant, broker));
        }
        catch (MqttException refusal)
        {
            return new ServerAnswer(server, false, refusal.Message);
        }
    }

    private static string Describe(MqttGrant grant, BrokerOptions broker) =>
        $"grants Receive Maximum {grant.ReceiveMaximum}, QoS {grant.MaximumQos}, "
        + $"shared subscriptions {(broker.IsPlain ? "unused" : YesOrNo(grant.SharedSubscriptions))}, "
        + $"Subscription Identifiers {YesOrNo(grant.SubscriptionIdentifiers)}, "
        + $"retained messages {YesOrNo(grant.RetainAvailable)}";

    private static string YesOrNo(bool granted) => granted ? "yes" : "no";

    /// <summary>Nothing is subscribed and nothing published.</summary>
    private sealed class Deaf : IMqttConnectionHandler
    {
        public void OnPublish(in IncomingPublish publish) { }

        public void OnPublishOutcome(long token, PublishOutcome outcome, MqttReasonCode reason) { }
    }
}
