using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Seats;

/// <summary>A connection that tells of each filter before it is subscribed, and remembers those that were.</summary>
internal sealed class RecordedConnection(IMqttConnection connection, Func<string, Task> including) : IMqttConnection
{
    private readonly HashSet<string> _subscribed = [];

    /// <summary>On this connection, and granted or not yet answered.</summary>
    public IReadOnlySet<string> Subscribed => _subscribed;

    public MqttGrant Grant => connection.Grant;

    public int InFlight => connection.InFlight;

    public long OldestInFlight => connection.OldestInFlight;

    public Task<MqttClose> Closed => connection.Closed;

    public async Task<MqttReasonCode> SubscribeAsync(MqttSubscription subscription, CancellationToken cancellationToken)
    {
        await including(subscription.Filter);
        _subscribed.Add(subscription.Filter);
        var reason = await connection.SubscribeAsync(subscription, cancellationToken);
        if (reason >= MqttReasonCode.UnspecifiedError)
        {
            _subscribed.Remove(subscription.Filter);
        }

        return reason;
    }

    public Task<MqttReasonCode> UnsubscribeAsync(string filter, CancellationToken cancellationToken) =>
        connection.UnsubscribeAsync(filter, cancellationToken);

    public void Acknowledge(ReadOnlySpan<ushort> packetIdentifiers) => connection.Acknowledge(packetIdentifiers);

    public PublishSubmission TryPublish(in OutgoingPublish publish, long token) =>
        connection.TryPublish(publish, token);

    public Task DisconnectAsync(MqttReasonCode reason, TimeSpan timeout) => connection.DisconnectAsync(reason, timeout);

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
