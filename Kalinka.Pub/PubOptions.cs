using Kalinka.Common.Brokers;
using Kalinka.Common.Directory;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Common.ZooKeeper;
using Kalinka.Pub.Mapping;

namespace Kalinka.Pub;

/// <summary>The whole configuration of <c>kalinka-pub</c>, checked and immutable.</summary>
/// <param name="ZooKeeper">Null: fixed seats 0, and no presence unless the directory is in Kafka.</param>
/// <param name="BufferBytes">Budget for payloads between the broker and the delivery report.</param>
/// <param name="HttpUrl">Null: no HTTP endpoints.</param>
public sealed record PubOptions(
    string Instance,
    MqttOptions Mqtt,
    KafkaOptions Kafka,
    ZooKeeperOptions? ZooKeeper,
    PubMappingOptions Mapping,
    PresenceOptions Presence,
    string DeadLetterTopic,
    bool Sequence,
    long BufferBytes,
    string? HttpUrl
)
{
    /// <summary>Which announced brokers are read, too.</summary>
    public AnnouncedOptions Announced { get; init; } = AnnouncedOptions.None;

    /// <summary>Where presence is written; by default in ZooKeeper.</summary>
    public DirectoryOptions Directory { get; init; } =
        new(DirectoryKind.ZooKeeper, DirectoryOptions.DefaultTopic, DirectoryOptions.DefaultCapacity);

    /// <summary>What instances that are configured alike have in common.</summary>
    public string ConfigurationHash { get; init; } = "";
}

/// <summary>The section <c>Presence</c>.</summary>
/// <param name="Sources">Empty: off.</param>
public sealed record PresenceOptions(IReadOnlyList<PresenceSource> Sources, TimeSpan KeepOffline);

/// <param name="Preset"><c>Traffic</c>, <c>Emqx</c>, <c>Mosquitto</c>, ...; null for a topic of the user's own.</param>
public sealed record PresenceSource(string? Preset, string? TopicFilter, string? Online, string? Offline);
