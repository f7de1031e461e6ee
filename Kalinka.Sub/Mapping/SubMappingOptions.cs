namespace Kalinka.Sub.Mapping;

/// <summary>The section <c>Mapping</c> of sub.</summary>
public sealed record SubMappingOptions(IReadOnlyList<SubRuleOptions> Rules);

/// <summary>A rule as it is written: Kafka to MQTT.</summary>
/// <param name="Client">Which client the message is for.</param>
/// <param name="Qos">0 or 1.</param>
/// <param name="Properties">Further user properties.</param>
public sealed record SubRuleOptions(
    string From,
    string To,
    string Client,
    int Qos,
    bool Retain,
    IReadOnlyList<KeyValuePair<string, string>> Properties
);
