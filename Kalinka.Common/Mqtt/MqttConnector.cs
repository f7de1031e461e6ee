using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Mqtt;

/// <summary>Makes connections over TCP or TLS. Each has a receive thread and a writer thread of its own.</summary>
public sealed class MqttConnector(TimeProvider time, ILogger<MqttConnector> logger, MqttLimits? limits = null)
    : IMqttConnector
{
    private readonly MqttLimits _limits = limits ?? new MqttLimits();

    /// <inheritdoc/>
    public Task<IMqttConnection> ConnectAsync(
        MqttConnectOptions options,
        IMqttConnectionHandler handler,
        CancellationToken cancellationToken
    ) => new ConnectAttempt(options, handler, _limits, time, logger).RunAsync(cancellationToken);
}
