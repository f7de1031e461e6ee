using Kalinka.Common.Configuration;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Verbs;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Sub.Configuration;

/// <summary>Everything that a configuration of <c>kalinka-sub</c> says, with its rules compiled.</summary>
internal sealed record SubConfiguration(SubOptions Options) : IDaemonConfiguration
{
    public MqttOptions Mqtt => Options.Mqtt;

    public KafkaOptions Kafka => Options.Kafka;

    public ZooKeeperOptions ZooKeeper => Options.ZooKeeper;

    public string? HttpUrl => Options.HttpUrl;

    public IEnumerable<string> Summary =>
        [
            $"instance {Options.Instance}",
            .. Mqtt.Brokers.Select(broker => $"broker {broker}"),
            $"kafka {Kafka.BootstrapServers}, group {Kafka.GroupId}",
            $"zookeeper {ZooKeeper.ConnectionString}, clients below {ZooKeeper.ClientsPath}",
            .. Options.Mapping.Rules.Select(
                (rule, number) => $"rule {number}: {rule.From} -> {rule.To} for {rule.Client}"
            ),
        ];

    public static SubConfiguration Read(SectionReader root, Func<string> defaultInstance)
    {
        return new SubConfiguration(SubOptionsReader.Read(root, defaultInstance));
    }
}
