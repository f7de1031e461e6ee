using Kalinka.Common.Brokers;
using Kalinka.Common.Directory;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Common.ZooKeeper;
using Kalinka.Sub.Mapping;

namespace Kalinka.Sub;

/// <summary>The whole configuration of <c>kalinka-sub</c>, checked and immutable.</summary>
/// <param name="ZooKeeper">Null only where the directory is not there.</param>
/// <param name="BufferBytes">Budget for payloads between consumption and PUBACK.</param>
/// <param name="HttpUrl">Null: no HTTP endpoints.</param>
public sealed record SubOptions(
    string Instance,
    MqttOptions Mqtt,
    KafkaOptions Kafka,
    ZooKeeperOptions? ZooKeeper,
    SubMappingOptions Mapping,
    DeliveryOptions Delivery,
    string DeadLetterTopic,
    long BufferBytes,
    string? HttpUrl
)
{
    /// <summary>Which announced brokers are published to, too.</summary>
    public AnnouncedOptions Announced { get; init; } = AnnouncedOptions.None;

    /// <summary>Where clients are found; by default in ZooKeeper.</summary>
    public DirectoryOptions Directory { get; init; } =
        new(DirectoryKind.ZooKeeper, DirectoryOptions.DefaultTopic, DirectoryOptions.DefaultCapacity);

    /// <summary>What instances that are configured alike have in common.</summary>
    public string ConfigurationHash { get; init; } = "";
}

/// <summary>How records reach their brokers.</summary>
public enum DeliveryMode
{
    /// <summary>Every instance publishes to every broker.</summary>
    Direct,

    /// <summary>One instance publishes to a broker: the one that has its partition of the delivery topic.</summary>
    Partitioned,
}

public enum AbsentClient
{
    DeadLetter,
    Drop,
}

/// <summary>The section <c>Delivery</c>.</summary>
/// <param name="AbsentWait">How long a client may be unknown before <paramref name="AbsentClient"/> decides.</param>
/// <param name="BrokerWait">How long a broker may be unreachable before its records go another way.</param>
/// <param name="InFlightPerClient">Unacknowledged publishes per client; 1 keeps a client's order over faults.</param>
/// <param name="MaxAge">Older records, by their timestamp, are dropped and counted.</param>
/// <param name="ExpirySlack">How far past its expiry a message is still sent, for clocks that differ.</param>
public sealed record DeliveryOptions(
    AbsentClient AbsentClient,
    TimeSpan AbsentWait,
    TimeSpan BrokerWait,
    int InFlightPerClient,
    TimeSpan MaxAge,
    TimeSpan ExpirySlack
)
{
    public DeliveryMode Mode { get; init; }

    /// <summary>The delivery topic.</summary>
    public string KafkaTopic { get; init; } = "kalinka.delivery";

    /// <summary>How many partitions it shall have; null: one for each broker.</summary>
    public int? Partitions { get; init; }

    public bool IsPartitioned => Mode == DeliveryMode.Partitioned;
}
