namespace Kalinka.Pub.Mapping;

/// <summary>The section <c>Mapping</c> of pub.</summary>
/// <param name="DeadLetterUnmapped">What no rule matches becomes a dead letter; else it is dropped and counted.</param>
public sealed record PubMappingOptions(IReadOnlyList<PubRuleOptions> Rules, bool DeadLetterUnmapped);

/// <summary>A rule as it is written: MQTT to Kafka.</summary>
/// <param name="Key">Null: the record has no key.</param>
/// <param name="Client">Which client sent the message, for presence by traffic; null when the topic does not tell.</param>
public sealed record PubRuleOptions(
    string From,
    string To,
    string? Key,
    string? Client,
    IReadOnlyList<KeyValuePair<string, string>> Headers
);
