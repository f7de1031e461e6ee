using System.Text;
using Kalinka.Common.Mqtt;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Common.Mqtt;

/// <summary>What nearly every test of this folder does first.</summary>
internal static class Connecting
{
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    public static MqttConnectOptions With(BrokerOptions broker, string clientId = "kalinka-test") =>
        new(
            broker,
            clientId,
            CleanStart: true,
            SessionExpiry: TimeSpan.Zero,
            ReceiveMaximum: 1000,
            KeepAlive: TimeSpan.FromSeconds(30),
            ConnectTimeout: Soon
        );

    public static Task<IMqttConnection> ConnectAsync(
        this MqttConnectOptions options,
        IMqttConnectionHandler? handler = null,
        MqttLimits? limits = null,
        TimeProvider? time = null
    ) =>
        new MqttConnector(time ?? TimeProvider.System, NullLogger<MqttConnector>.Instance, limits).ConnectAsync(
            options,
            handler ?? new RecordingHandler(),
            CancellationToken.None
        );

    public static Task<IMqttConnection> ConnectAsync(
        this MosquittoBroker broker,
        IMqttConnectionHandler? handler = null
    ) => With(broker.Options(), $"kalinka-{Guid.NewGuid():N}").ConnectAsync(handler);

    public static Task<MqttReasonCode> SubscribeAsync(this IMqttConnection connection, string filter) =>
        connection.SubscribeAsync(new MqttSubscription(filter, 1), CancellationToken.None);

    public static PublishSubmission TryPublish(
        this IMqttConnection connection,
        string mqttTopic,
        string payload,
        long token = 0,
        int qos = 1
    ) =>
        connection.TryPublish(
            new OutgoingPublish
            {
                Topic = Encoding.UTF8.GetBytes(mqttTopic),
                Payload = Encoding.UTF8.GetBytes(payload),
                Qos = qos,
                Retain = false,
            },
            token
        );

    /// <summary>Publishes and waits for the outcome; the handler must be the connection's own.</summary>
    public static async Task<SeenOutcome> PublishAsync(
        this IMqttConnection connection,
        RecordingHandler handler,
        string mqttTopic,
        string payload,
        long token
    )
    {
        Assert.That(connection.TryPublish(mqttTopic, payload, token), Is.EqualTo(PublishSubmission.Accepted));
        await Eventually.That(() => handler.Outcomes.Any(o => o.Token == token), Soon, $"the outcome of {token}");
        return handler.Outcomes.Single(o => o.Token == token);
    }

    public static async Task<MqttClose> ClosesAsync(this IMqttConnection connection) =>
        await connection.Closed.WaitAsync(Soon);
}
