using Kalinka.Common.Configuration;
using Kalinka.Common.Directory;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Verbs;
using Kalinka.Common.ZooKeeper;
using Kalinka.Sub.Mapping;
using Kalinka.Sub.Partitioning;

namespace Kalinka.Sub.Configuration;

/// <summary>Everything that a configuration of <c>kalinka-sub</c> says, with its rules compiled.</summary>
internal sealed record SubConfiguration(SubOptions Options, SubMapping Mapping) : IDaemonConfiguration
{
    public MqttOptions Mqtt => Options.Mqtt;

    public KafkaOptions Kafka => Options.Kafka;

    public ZooKeeperOptions? ZooKeeper => Options.ZooKeeper;

    public DirectoryOptions Directory => Options.Directory;

    public string? HttpUrl => Options.HttpUrl;

    public IEnumerable<string> Summary =>
        [
            $"instance {Options.Instance}",
            .. Mqtt.Brokers.Select(broker => $"broker {broker}"),
            .. Options.Announced.Allow.Select(pattern => $"announced brokers at {pattern}"),
            $"kafka {Kafka.BootstrapServers}, group {Kafka.GroupId}",
            Options.Directory.Kind == DirectoryKind.Kafka
                ? $"clients in the topic {Options.Directory.KafkaTopic}"
                : $"zookeeper {ZooKeeper?.ConnectionString}, clients below {ZooKeeper?.ClientsPath}",
            .. Options.Mapping.Rules.Select(
                (rule, number) => $"rule {number}: {rule.From} -> {rule.To} for {rule.Client}"
            ),
            .. Mapping.Subscriptions.Select(subscription => $"subscription {subscription}"),
        ];

    public IEnumerable<Func<CancellationToken, Task<ServerAnswer>>> OwnChecks =>
        ZooKeeper is { } ensemble ? [stopping => DeliveryTopicCheck.TryAsync(Options, ensemble, stopping)] : [];

    public static SubConfiguration Read(SectionReader root, Func<string> defaultInstance)
    {
        var options = SubOptionsReader.Read(root, defaultInstance);
        KafkaSection.CheckProperties(root, options.Kafka);
        var mapping = root.Findings.HasErrorsAt("Mapping")
            ? null
            : SubMapping.Compile(options.Mapping, root.Findings.Errors);
        CheckCircle(root, mapping, options.DeadLetterTopic, "where dead letters go (DeadLetter:Topic)");
        CheckCircle(root, mapping, options.Delivery.KafkaTopic, "by which instances hand over (Delivery:Topic)");

        if (options.Delivery.IsPartitioned && options.ZooKeeper is null)
        {
            root.Section("Delivery")
                .Error("Mode", "Partitioned needs ZooKeeper, where the brokers' partitions are written");
        }

        // Without a mapping there are errors, and then nobody sees this.
        return new SubConfiguration(options, mapping!);
    }

    // What is read there was written by a rule's reading, and would be again: that would never end.
    private static void CheckCircle(SectionReader root, SubMapping? mapping, string kafkaTopic, string what)
    {
        if (mapping?.RuleFor(kafkaTopic) is { } number)
        {
            root.Error(
                $"Mapping:Rules:{number}:From",
                $"reads {kafkaTopic}, {what}: its records would come back for ever"
            );
        }
    }
}
