using Kalinka.Common.Kafka;
using Kalinka.Common.Mapping;

namespace Kalinka.Pub.Mapping;

/// <summary>
/// Where a message goes. One per receive thread, used again for every message: its spans hold until the next call of
/// <c>Map</c>.
/// </summary>
public sealed class MappedRecord
{
    internal ReusableBytes KafkaTopicBytes { get; } = new();
    internal ReusableBytes KeyBytes { get; } = new();
    internal ReusableBytes ClientBytes { get; } = new();

    /// <summary>One header's value on its way into <see cref="Headers"/>.</summary>
    internal ReusableBytes HeaderValueBytes { get; } = new();

    /// <summary>Number of the rule, from 0; -1 when none matched.</summary>
    public int Rule { get; internal set; } = -1;

    public ReadOnlySpan<byte> KafkaTopic => KafkaTopicBytes.Written;

    /// <summary>False: the rule has no key, or cannot make one, and the record's is null.</summary>
    public bool HasKey { get; internal set; }

    public ReadOnlySpan<byte> Key => KeyBytes.Written;

    /// <summary>
    /// False: the rule does not tell which client sent the message, or what it tells is no Client Identifier; that is no
    /// reason to reject the message.
    /// </summary>
    public bool HasClient { get; internal set; }

    public ReadOnlySpan<byte> Client => ClientBytes.Written;

    /// <summary>The rule's headers come first in here; the caller adds the message's own.</summary>
    public RecordHeaderBuffer Headers { get; } = new();

    /// <summary>Why the message is rejected; null otherwise.</summary>
    public string? Rejection { get; internal set; }

    internal void Clear()
    {
        Rule = -1;
        HasKey = false;
        HasClient = false;
        Rejection = null;
        KafkaTopicBytes.Clear();
        KeyBytes.Clear();
        ClientBytes.Clear();
        Headers.Clear();
    }
}
