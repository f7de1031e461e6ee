namespace Kalinka.Common.Mapping;

/// <summary>What the rules would do with a message, for people and for <c>explain --json</c>; null is "unknown".</summary>
public abstract record MappingExplanation
{
    /// <summary>A rule matches; whether its result is legal is told by <see cref="Reason"/>.</summary>
    public bool Matched => Rule is not null;

    /// <summary>Number of the rule, from 0.</summary>
    public int? Rule { get; init; }

    /// <summary>Where the message goes: a Kafka topic (pub) or an MQTT topic (sub).</summary>
    public string? Topic { get; init; }

    public string? Key { get; init; }

    /// <summary>The rule's own headers (pub) or user properties (sub).</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public int? Qos { get; init; }

    public bool? Retain { get; init; }

    public string? Client { get; init; }

    /// <summary>Why the message would be dropped or rejected; null when it would go its way.</summary>
    public string? Reason { get; init; }

    /// <summary>For people: why earlier rules do not match, and what the one that does makes.</summary>
    public IReadOnlyList<string> Lines { get; init; } = [];
}
