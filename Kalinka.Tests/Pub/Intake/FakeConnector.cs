using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Pub.Intake;

/// <summary>Hands out the connections that a test has prepared, one after the other.</summary>
internal sealed class FakeConnector : IMqttConnector
{
    public Queue<FakeConnection> Prepared { get; } = new();

    public int Attempts { get; private set; }

    /// <summary>The receiving end of the last connection.</summary>
    public IMqttConnectionHandler? Handler { get; private set; }

    public Task<IMqttConnection> ConnectAsync(
        MqttConnectOptions options,
        IMqttConnectionHandler handler,
        CancellationToken cancellationToken
    )
    {
        Attempts++;
        if (!Prepared.TryDequeue(out var connection))
        {
            throw new MqttException($"cannot reach {options.Broker.Address}: refused");
        }

        Handler = handler;
        handler.OnConnected(connection);
        return Task.FromResult<IMqttConnection>(connection);
    }
}
