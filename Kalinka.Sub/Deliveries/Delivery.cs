using Kalinka.Common.Kafka;
using Kalinka.Common.Mapping;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Records;

namespace Kalinka.Sub.Deliveries;

/// <summary>
/// A record on its way to a client: what was read, what the rules made of it, and how far it has come. Pooled. Belongs
/// to the thread that consumes until it is posted, and to the dispatcher from then on.
/// </summary>
/// <param name="slot">Its number in the pool: the token of its publishes and of its dead letter.</param>
internal sealed class Delivery(int slot) : IChained<Delivery>
{
    private ConsumedRecord _record;

    public int Slot => slot;

    // Set by the thread that consumes.
    public ref readonly ConsumedRecord Record => ref _record;

    /// <summary>What the rules make of the record; the stages read it below.</summary>
    public MappedMessage Message { get; } = new();

    public MappingVerdict Verdict { get; set; }

    /// <inheritdoc cref="MappedMessage.TopicNeedsBroker"/>
    public bool TopicNeedsBroker { get; set; }

    public ReadOnlySpan<byte> Client => Message.Client;

    public ReadOnlySpan<byte> MqttTopic => Message.MqttTopic;

    public int Qos => Message.Qos;

    public bool Retain => Message.Retain;

    public PartitionAssignment Assignment { get; private set; } = null!;

    public long Ticket { get; private set; }

    public long Offset { get; private set; }

    /// <summary>What the record counts for in the byte budget.</summary>
    public int Bytes { get; private set; }

    /// <summary>Unix milliseconds; null when the message does not expire.</summary>
    public long? ExpiresAtMs { get; private set; }

    public int Hops { get; private set; }

    /// <summary>How often the record has passed the delivery topic; 0 for one of the application's.</summary>
    public int Hop { get; private set; }

    // Set by the receive thread of a connection, between the publish and its outcome.
    public PublishOutcome Outcome { get; private set; }

    public MqttReasonCode Reason { get; private set; }

    // The dispatcher's.
    public ClientLane? Lane { get; set; }

    public Delivery? Previous { get; set; }

    public Delivery? Next { get; set; }

    public bool InFlight { get; set; }

    /// <summary>The partition of the delivery topic that it is on its way into.</summary>
    public int RelayedTo { get; set; }

    /// <summary>When it joined its lane; monotonic milliseconds.</summary>
    public long ArrivedMs { get; set; }

    /// <summary>When a broker said for the first time that nobody takes it; 0 for never.</summary>
    public long RefusedMs { get; set; }

    /// <summary>The broker that had nobody for it; null when none said so.</summary>
    public string? RefusedBy { get; set; }

    public void Begin(PartitionAssignment assignment, in ConsumedRecord record)
    {
        _record = record;
        Assignment = assignment;
        Offset = record.Offset;
        Ticket = assignment.Enter(record.Offset);
        Bytes = record.Key.Length + record.Value.Length;
        ExpiresAtMs = null;
        InFlight = false;
        Hops = Common.Records.Hops.None;
        Hop = 0;
        RefusedMs = 0;
        RefusedBy = null;
        for (var index = 0; index < record.HeaderCount; index++)
        {
            ReadHeader(record.HeaderName(index), record.HeaderValue(index));
        }
    }

    /// <summary>The record is one of the delivery topic: it is what the application wrote, where it wrote it.</summary>
    public void Unwrap(TopicPartition origin, long offset, int hop)
    {
        _record = _record.From(origin, offset);
        Hop = hop;
    }

    public void Complete(PublishOutcome outcome, MqttReasonCode reason)
    {
        Outcome = outcome;
        Reason = reason;
    }

    /// <summary>Lets go of the record, so that a pooled delivery holds no payload.</summary>
    public void End()
    {
        _record = default;
        Lane = null;
        Assignment = null!;
    }

    private void ReadHeader(string name, ReadOnlySpan<byte> value)
    {
        Bytes += name.Length + value.Length;
        if (name == "mqtt-expires-at" && ExpiresAtMs is null && Expiry.TryParse(value, out var expiresAtMs))
        {
            ExpiresAtMs = expiresAtMs;
        }
        else if (name == "kalinka-hops" && Common.Records.Hops.TryParse(value, out var hops))
        {
            Hops = Math.Max(Hops, hops);
        }
    }
}
