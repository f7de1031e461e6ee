using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Pub;

/// <summary>A connection that keeps what it is told.</summary>
internal sealed class FakeConnection : IMqttConnection
{
    private readonly TaskCompletionSource<MqttClose> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<ushort> Acknowledged { get; } = [];

    public List<string> Subscribed { get; } = [];

    public Func<string, MqttReasonCode> OnSubscribe { get; set; } = _ => MqttReasonCode.GrantedQos1;

    public MqttReasonCode? Disconnected { get; private set; }

    public MqttGrant Grant { get; init; } = new(true, 20, uint.MaxValue, TimeSpan.Zero, true, true, true, 2);

    public int InFlight => 0;

    public Task<MqttClose> Closed => _closed.Task;

    public Task<MqttReasonCode> SubscribeAsync(MqttSubscription subscription, CancellationToken cancellationToken)
    {
        Subscribed.Add(subscription.Filter);
        return Task.FromResult(OnSubscribe(subscription.Filter));
    }

    public Task<MqttReasonCode> UnsubscribeAsync(string filter, CancellationToken cancellationToken) =>
        Task.FromResult(MqttReasonCode.Success);

    public void Acknowledge(ReadOnlySpan<ushort> packetIdentifiers)
    {
        lock (Acknowledged)
        {
            Acknowledged.AddRange(packetIdentifiers);
        }
    }

    public PublishSubmission TryPublish(in OutgoingPublish publish, long token) => PublishSubmission.Closed;

    public Task DisconnectAsync(MqttReasonCode reason, TimeSpan timeout)
    {
        Disconnected = reason;
        End(new MqttClose(reason, false, "disconnected"));
        return Task.CompletedTask;
    }

    public void End(MqttClose close) => _closed.TrySetResult(close);

    public ValueTask DisposeAsync()
    {
        End(new MqttClose(null, false, "disposed"));
        return ValueTask.CompletedTask;
    }
}
