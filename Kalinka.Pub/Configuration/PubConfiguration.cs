using Kalinka.Common.Configuration;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Verbs;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Pub.Configuration;

/// <summary>Everything that a configuration of <c>kalinka-pub</c> says, with its rules compiled.</summary>
internal sealed record PubConfiguration(PubOptions Options) : IDaemonConfiguration
{
    public MqttOptions Mqtt => Options.Mqtt;

    public KafkaOptions Kafka => Options.Kafka;

    public ZooKeeperOptions? ZooKeeper => Options.ZooKeeper;

    public string? HttpUrl => Options.HttpUrl;

    public IEnumerable<string> Summary =>
        [
            $"instance {Options.Instance}",
            .. Mqtt.Brokers.Select(broker => $"broker {broker}, {Mqtt.Seats} seats"),
            $"kafka {Kafka.BootstrapServers}",
            ZooKeeper is null ? "no ZooKeeper" : $"zookeeper {ZooKeeper.ConnectionString}",
            .. Options.Mapping.Rules.Select((rule, number) => $"rule {number}: {rule.From} -> {rule.To}"),
        ];

    public static PubConfiguration Read(SectionReader root, Func<string> defaultInstance)
    {
        return new PubConfiguration(PubOptionsReader.Read(root, defaultInstance));
    }
}
