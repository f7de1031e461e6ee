using System.Text;
using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>A broker's end of one connection: keeps what was published, and answers as it is told. Any thread.</summary>
internal sealed class FakeConnection(string broker, IMqttConnectionHandler handler, MqttGrant grant) : IMqttConnection
{
    private readonly TaskCompletionSource<MqttClose> _closed = new();
    private readonly Lock _lock = new();
    private readonly List<Published> _unacknowledged = [];
    private readonly List<Published> _received = [];

    public string Broker => broker;

    public MqttGrant Grant => grant;

    public IReadOnlyList<Published> Received => Copy(_received);

    public IReadOnlyList<Published> Unacknowledged => Copy(_unacknowledged);

    public int InFlight => Unacknowledged.Count;

    public long OldestInFlight => Unacknowledged is [var oldest, ..] ? Received.ToList().IndexOf(oldest) + 1 : 0;

    public Task<MqttClose> Closed => _closed.Task;

    public bool IsClosed => _closed.Task.IsCompleted;

    public List<MqttReasonCode> Disconnects { get; } = [];

    /// <summary>Answers by itself: null keeps the message unacknowledged.</summary>
    public Func<Published, MqttReasonCode?> Answers { get; set; } = _ => null;

    /// <summary>The answer to the probe; null for none.</summary>
    public MqttReasonCode? ProbeAnswer { get; init; } = MqttReasonCode.NoMatchingSubscribers;

    public PublishSubmission TryPublish(in OutgoingPublish publish, long token)
    {
        if (IsClosed)
        {
            return PublishSubmission.Closed;
        }

        if (publish.Payload.Length > grant.MaximumPacketSize)
        {
            return PublishSubmission.TooLarge;
        }

        if (publish.Qos > 0 && InFlight >= grant.ReceiveMaximum)
        {
            return PublishSubmission.WindowFull;
        }

        Take(Published.Of(publish, token, broker));
        return PublishSubmission.Accepted;
    }

    public void Acknowledge(Published message, MqttReasonCode reason = MqttReasonCode.Success)
    {
        lock (_lock)
        {
            Assert.That(_unacknowledged.Remove(message), "the message is unacknowledged");
        }

        handler.OnPublishOutcome(message.Token, OutcomeOf(reason), reason);
    }

    public void AcknowledgeAll()
    {
        foreach (var message in Unacknowledged)
        {
            Acknowledge(message);
        }
    }

    /// <summary>The connection ends; what was in flight is told first, oldest first.</summary>
    public void Break(MqttReasonCode? reason = null, bool byBroker = true)
    {
        var lost = Unacknowledged;
        lock (_lock)
        {
            _unacknowledged.Clear();
        }

        foreach (var message in lost)
        {
            handler.OnPublishOutcome(message.Token, PublishOutcome.Unavailable, MqttReasonCode.UnspecifiedError);
        }

        _closed.TrySetResult(new MqttClose(reason, byBroker, "broken"));
    }

    public Task DisconnectAsync(MqttReasonCode reason, TimeSpan timeout)
    {
        Disconnects.Add(reason);
        Break(reason, byBroker: false);
        return Task.CompletedTask;
    }

    public Task<MqttReasonCode> SubscribeAsync(MqttSubscription subscription, CancellationToken cancellationToken) =>
        throw new NotSupportedException("sub subscribes to nothing");

    public Task<MqttReasonCode> UnsubscribeAsync(string filter, CancellationToken cancellationToken) =>
        throw new NotSupportedException("sub subscribes to nothing");

    public void Acknowledge(ReadOnlySpan<ushort> packetIdentifiers) { }

    public ValueTask DisposeAsync() => default;

    private void Take(Published message)
    {
        lock (_lock)
        {
            if (message.Qos > 0)
            {
                _unacknowledged.Add(message);
            }

            if (!message.IsProbe)
            {
                _received.Add(message);
            }
        }

        if (message.IsProbe)
        {
            if (ProbeAnswer is { } answer)
            {
                Acknowledge(message, answer);
            }

            return;
        }

        if (message.Qos > 0 && Answers(message) is { } reason)
        {
            Acknowledge(message, reason);
        }
    }

    private IReadOnlyList<Published> Copy(List<Published> list)
    {
        lock (_lock)
        {
            return [.. list];
        }
    }

    private static PublishOutcome OutcomeOf(MqttReasonCode reason) =>
        reason switch
        {
            MqttReasonCode.NoMatchingSubscribers => PublishOutcome.NoSubscriber,
            MqttReasonCode.QuotaExceeded => PublishOutcome.Unavailable,
            >= MqttReasonCode.UnspecifiedError => PublishOutcome.Rejected,
            _ => PublishOutcome.Delivered,
        };
}

/// <summary>A PUBLISH as the broker got it.</summary>
internal sealed record Published(
    string Broker,
    long Token,
    string Topic,
    string Payload,
    int Qos,
    bool Retain,
    uint? ExpirySeconds,
    byte[] Properties
)
{
    public bool IsProbe => Topic.StartsWith("kalinka/probe/", StringComparison.Ordinal);

    public static Published Of(in OutgoingPublish publish, long token, string broker) =>
        new(
            broker,
            token,
            Encoding.UTF8.GetString(publish.Topic),
            Encoding.UTF8.GetString(publish.Payload),
            publish.Qos,
            publish.Retain,
            publish.ExpirySeconds,
            publish.Properties.ToArray()
        );

    public string? UserProperty(string name) =>
        new PublishProperties(Properties).TryGetUserProperty(Encoding.UTF8.GetBytes(name), out var value)
            ? Encoding.UTF8.GetString(value)
            : null;
}
