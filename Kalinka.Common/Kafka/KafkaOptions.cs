namespace Kalinka.Common.Kafka;

/// <summary>Which topics pub may create.</summary>
public enum TopicCreation
{
    None,

    /// <summary>Those that a rule names without captures.</summary>
    FromRules,
    All,
}

/// <summary>The section <c>Kafka</c>.</summary>
/// <param name="GroupId">Consumer group (sub).</param>
/// <param name="Properties">Any librdkafka property; they win over what Kalinka sets, except where a promise depends on it.</param>
public sealed record KafkaOptions(
    string BootstrapServers,
    string GroupId,
    TopicCreation CreateTopics,
    IReadOnlyDictionary<string, string> Properties
);
