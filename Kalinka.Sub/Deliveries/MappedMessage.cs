using Kalinka.Common.Mapping;

namespace Kalinka.Sub.Deliveries;

/// <summary>Whom a record is for and how it is published. Pooled with the record's delivery and used again.</summary>
public sealed class MappedMessage
{
    internal ReusableBytes ClientBytes { get; } = new();

    internal ReusableBytes TopicBytes { get; } = new();

    /// <summary>Number of the rule, from 0; -1 when none matched.</summary>
    public int Rule { get; internal set; } = -1;

    /// <summary>Client Identifier, UTF-8.</summary>
    public ReadOnlySpan<byte> Client => ClientBytes.Written;

    /// <summary>Topic name, UTF-8; not yet written while <see cref="TopicNeedsBroker"/>.</summary>
    public ReadOnlySpan<byte> MqttTopic => TopicBytes.Written;

    /// <summary>The rule's topic says <c>{broker}</c>: it is rendered once the client has been located.</summary>
    public bool TopicNeedsBroker { get; internal set; }

    public int Qos { get; internal set; }

    public bool Retain { get; internal set; }

    /// <summary>Why the message is rejected; null otherwise.</summary>
    public string? Rejection { get; internal set; }

    internal void Clear()
    {
        Rule = -1;
        TopicNeedsBroker = false;
        Qos = 0;
        Retain = false;
        Rejection = null;
        ClientBytes.Clear();
        TopicBytes.Clear();
    }
}
