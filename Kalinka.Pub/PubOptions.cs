using Kalinka.Common.Brokers;
using Kalinka.Common.Directory;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mapping;
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
/// <param name="KeepOffline">How long a client that left keeps its entry; zero: not at all.</param>
/// <param name="NewClientsPerSecond">Entries that messages may create, for each broker; 1 or more.</param>
/// <param name="MaximumClients">Entries beyond which messages create none.</param>
public sealed record PresenceOptions(
    IReadOnlyList<PresenceSource> Sources,
    TimeSpan KeepOffline,
    int NewClientsPerSecond,
    long MaximumClients
);

/// <param name="Preset"><c>Traffic</c>, <c>Emqx</c>, <c>Mosquitto</c>, ...; null for a topic of the user's own.</param>
/// <param name="Pattern">Of the user's own topic, with the capture <c>client</c>.</param>
/// <param name="Online">The whole payload that says that the client is there.</param>
/// <param name="Offline">The whole payload that says that it has left.</param>
public sealed record PresenceSource(string? Preset, MqttPattern? Pattern, string? Online, string? Offline);
