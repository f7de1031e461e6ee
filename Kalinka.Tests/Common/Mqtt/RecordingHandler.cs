using System.Collections.Concurrent;
using System.Text;
using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Common.Mqtt;

internal sealed record SeenPublish(
    string Topic,
    byte[] Payload,
    ushort PacketIdentifier,
    int Qos,
    bool Retain,
    bool Dup
)
{
    public string Text => Encoding.UTF8.GetString(Payload);

    public uint? ExpirySeconds { get; init; }

    public string? ContentType { get; init; }

    public string? UserProperty { get; init; }

    public uint SubscriptionIdentifier { get; init; }

    public string? Malformed { get; init; }
}

internal sealed record SeenOutcome(long Token, PublishOutcome Outcome, MqttReasonCode Reason);

/// <summary>Keeps what a connection tells; acknowledges at once unless told otherwise.</summary>
internal sealed class RecordingHandler : IMqttConnectionHandler
{
    private volatile IMqttConnection? _connection;

    public ConcurrentQueue<SeenPublish> Publishes { get; } = new();

    public ConcurrentQueue<SeenOutcome> Outcomes { get; } = new();

    public bool AutoAcknowledge { get; init; } = true;

    public bool MayGather { get; init; }

    /// <summary>Runs within OnPublish, on the receive thread.</summary>
    public Action<SeenPublish>? During { get; set; }

    public int RoomCalls { get; private set; }

    public bool AcceptsMalformedPackets { get; init; }

    /// <summary>Malformed packets that it was asked about.</summary>
    public int Malformed { get; private set; }

    public void OnConnected(IMqttConnection connection) => _connection = connection;

    public bool AcceptsMalformed(ReadOnlySpan<byte> body)
    {
        Malformed++;
        return AcceptsMalformedPackets;
    }

    public void OnPublish(in IncomingPublish publish)
    {
        var seen = Copy(publish);
        Publishes.Enqueue(seen);
        During?.Invoke(seen);
        if (AutoAcknowledge && publish.Qos == 1)
        {
            _connection!.Acknowledge([publish.PacketIdentifier]);
        }
    }

    public void OnPublishOutcome(long token, PublishOutcome outcome, MqttReasonCode reason) =>
        Outcomes.Enqueue(new SeenOutcome(token, outcome, reason));

    public void OnRoom() => RoomCalls++;

    private static SeenPublish Copy(in IncomingPublish publish) =>
        new(
            Encoding.UTF8.GetString(publish.Topic),
            publish.Payload.ToArray(),
            publish.PacketIdentifier,
            publish.Qos,
            publish.Retain,
            publish.Dup
        )
        {
            Malformed = publish.Malformed,
            ExpirySeconds = publish.Properties.ExpirySeconds,
            ContentType = publish.Properties.TryGetContentType(out var type) ? Encoding.UTF8.GetString(type) : null,
            UserProperty = publish.Properties.TryGetUserProperty("name"u8, out var value)
                ? Encoding.UTF8.GetString(value)
                : null,
            SubscriptionIdentifier = FirstSubscriptionIdentifier(publish.Properties),
        };

    private static uint FirstSubscriptionIdentifier(PublishProperties properties)
    {
        foreach (var property in properties)
        {
            if (property.Id == PropertyId.SubscriptionIdentifier)
            {
                return property.Number;
            }
        }

        return 0;
    }
}
