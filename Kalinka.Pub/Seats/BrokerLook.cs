using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Seats;

/// <summary>
/// Connects to a broker as a client without a session, and leaves again: whether a seat there could be served. A TCP
/// connection alone would not tell: not of credentials, nor of a process that hangs.
/// </summary>
internal sealed class BrokerLook(IMqttConnector connector)
{
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(1);

    /// <param name="options">No session, and a Client Identifier that nothing else uses.</param>
    public async Task<bool> ReachesAsync(MqttConnectOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await connector.ConnectAsync(options, Deaf.Instance, cancellationToken);
            await connection.DisconnectAsync(MqttReasonCode.Success, Goodbye);
            return true;
        }
        catch (MqttException)
        {
            return false;
        }
    }

    private sealed class Deaf : IMqttConnectionHandler
    {
        public static Deaf Instance { get; } = new();

        public void OnPublish(in IncomingPublish publish) { }

        public void OnPublishOutcome(long token, PublishOutcome outcome, MqttReasonCode reason) { }
    }
}
