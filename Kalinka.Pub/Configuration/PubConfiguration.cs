using Kalinka.Common.Brokers;
using Kalinka.Common.Configuration;
using Kalinka.Common.Directory;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Verbs;
using Kalinka.Common.ZooKeeper;
using Kalinka.Pub.Mapping;

namespace Kalinka.Pub.Configuration;

/// <summary>Everything that a configuration of <c>kalinka-pub</c> says, with its rules compiled.</summary>
internal sealed record PubConfiguration(PubOptions Options, PubMapping Mapping) : IDaemonConfiguration
{
    public MqttOptions Mqtt => Options.Mqtt;

    public KafkaOptions Kafka => Options.Kafka;

    public ZooKeeperOptions? ZooKeeper => Options.ZooKeeper;

    public DirectoryOptions Directory => Options.Directory;

    public AnnouncedOptions Announced => Options.Announced;

    public string? HttpUrl => Options.HttpUrl;

    public IEnumerable<string> Summary =>
        [
            $"instance {Options.Instance}",
            .. Mqtt.Brokers.Select(broker => $"broker {broker}, seats: {(broker.IsPlain ? 1 : Mqtt.Seats)}"),
            .. Options.Announced.Allow.Select(pattern => $"announced brokers at {pattern}"),
            $"kafka {Kafka.BootstrapServers}",
            ZooKeeper is null ? "no ZooKeeper" : $"zookeeper {ZooKeeper.ConnectionString}",
            .. Options.Directory.Kind == DirectoryKind.Kafka
                ? [$"clients in the topic {Options.Directory.KafkaTopic}"]
                : Array.Empty<string>(),
            .. Options.Mapping.Rules.Select((rule, number) => $"rule {number}: {rule.From} -> {rule.To}"),
            .. Mapping.Subscriptions.Select(subscription => $"subscription {subscription.Filter}"),
        ];

    public static PubConfiguration Read(SectionReader root, Func<string> defaultInstance)
    {
        var options = PubOptionsReader.Read(root, defaultInstance);
        KafkaSection.CheckProperties(root, options.Kafka);
        var mapping = root.Findings.HasErrorsAt("Mapping")
            ? null
            : PubMapping.Compile(options.Mapping, root.Findings.Errors);
        RefuseCopies(root, options, mapping);

        // Without a mapping there are errors, and then nobody sees this.
        return new PubConfiguration(options, mapping!);
    }

    /// <summary>MQTT 3.1.1 has no Subscription Identifiers: copies could not be told from messages.</summary>
    private static void RefuseCopies(SectionReader root, PubOptions options, PubMapping? mapping)
    {
        var old = options.Mqtt.Brokers.FirstOrDefault(broker => broker.Version == MqttVersion.V311)?.Name;
        old = options.Announced is { Allow.Count: > 0, Version: MqttVersion.V311 } ? "of Mqtt:Announced" : old;
        if (mapping is { HasOverlap: true } && old is not null)
        {
            root.Section("Mapping")
                .Error(
                    "Rules",
                    $"two filters overlap without one covering the other, and broker {old} speaks MQTT 3.1.1, where copies of a message cannot be told apart: use ProtocolVersion 5.0, or other filters"
                );
        }
    }
}
