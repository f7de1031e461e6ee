using System.Text;
using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Pub;

/// <summary>A connection that keeps what it is told.</summary>
internal sealed class FakeConnection : IMqttConnection
{
    private readonly TaskCompletionSource<MqttClose> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<ushort> Acknowledged { get; } = [];

    public List<string> Subscribed { get; } = [];

    public Func<string, MqttReasonCode> OnSubscribe { get; set; } = _ => MqttReasonCode.GrantedQos1;

    public List<Sent> Published { get; } = [];

    public MqttReasonCode? Disconnected { get; private set; }

    /// <summary>Answers the first SUBSCRIBE when it completes; null: at once.</summary>
    public Task<MqttReasonCode>? AnswerLater { get; set; }

    public List<string> Unsubscribed { get; } = [];

    public Action? OnDisconnect { get; set; }

    public static MqttGrant Granted { get; } = new(true, 20, uint.MaxValue, TimeSpan.Zero, true, true, true, 2);

    public MqttGrant Grant { get; init; } = Granted;

    public int InFlight => 0;

    public long OldestInFlight => 0;

    public Task<MqttClose> Closed => _closed.Task;

    public async Task<MqttReasonCode> SubscribeAsync(MqttSubscription subscription, CancellationToken cancellationToken)
    {
        Subscribed.Add(subscription.Filter);
        return Subscribed.Count == 1 && AnswerLater is { } later
            ? await later.WaitAsync(cancellationToken)
            : OnSubscribe(subscription.Filter);
    }

    public Task<MqttReasonCode> UnsubscribeAsync(string filter, CancellationToken cancellationToken)
    {
        Unsubscribed.Add(filter);
        return Task.FromResult(MqttReasonCode.Success);
    }

    public void Acknowledge(ReadOnlySpan<ushort> packetIdentifiers)
    {
        lock (Acknowledged)
        {
            Acknowledged.AddRange(packetIdentifiers);
        }
    }

    public PublishSubmission TryPublish(in OutgoingPublish publish, long token)
    {
        var topic = Encoding.UTF8.GetString(publish.Topic);
        Published.Add(new Sent(topic, Encoding.UTF8.GetString(publish.Payload), token));
        return PublishSubmission.Accepted;
    }

    public Task DisconnectAsync(MqttReasonCode reason, TimeSpan timeout)
    {
        OnDisconnect?.Invoke();
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

    internal sealed record Sent(string Topic, string Payload, long Token);
}
