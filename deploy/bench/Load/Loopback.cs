using Kalinka.Common.Mqtt;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Bench.Load;

internal static class Loopback
{
    public static Task<IMqttConnection> ConnectAsync(int port, string clientId, IMqttConnectionHandler handler)
    {
        var options = new MqttConnectOptions(
            new BrokerOptions("bench", "127.0.0.1", port, MqttVersion.V5, Username: null, Password: null, Tls: null),
            clientId,
            CleanStart: true,
            SessionExpiry: TimeSpan.Zero,
            ReceiveMaximum: ushort.MaxValue,
            KeepAlive: TimeSpan.FromMinutes(1),
            ConnectTimeout: TimeSpan.FromSeconds(10)
        );
        var connector = new MqttConnector(TimeProvider.System, NullLogger<MqttConnector>.Instance);
        return connector.ConnectAsync(options, handler, CancellationToken.None);
    }
}
