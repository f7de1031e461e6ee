using Kalinka.Common.Configuration;
using Kalinka.Common.Directory;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Sub.Configuration;

/// <summary>Reads the configuration of <c>kalinka-sub</c>, key by key.</summary>
internal static class SubOptionsReader
{
    private const string Pub = "kalinka-pub";
    private const string OffsetReset = "auto.offset.reset";

    /// <param name="defaultInstance">Asked only when the configuration names no instance.</param>
    public static SubOptions Read(SectionReader root, Func<string> defaultInstance)
    {
        root.Foreign("Presence", Pub);
        root.Foreign("Records", Pub);
        var directory = DirectorySection.Read(root);
        var mqtt = root.Section("Mqtt");
        return new SubOptions(
            root.Name("Instance", defaultInstance),
            ReadMqtt(mqtt),
            ReadKafka(root.Section("Kafka")),
            ReadZooKeeper(root, directory),
            SubMappingSection.Read(root.Section("Mapping")),
            DeliverySection.Read(root.Section("Delivery")),
            root.Section("DeadLetter").TopicName("Topic", "kalinka.dead-letter"),
            BufferSection.Read(root.Section("Buffer")),
            HttpSection.Read(root.Section("Http"))
        )
        {
            Announced = AnnouncedSection.Read(mqtt, root.Has("ZooKeeper")),
            Directory = directory,
            ConfigurationHash = ConfigurationHash.Of(root),
        };
    }

    private static Common.Mqtt.MqttOptions ReadMqtt(SectionReader mqtt)
    {
        foreach (var key in new[] { "ShareName", "Seats", "ReceiveMaximum", "SessionExpiry" })
        {
            mqtt.Unused(key, Pub);
        }

        return MqttSection.Read(mqtt, "kalinka-sub");
    }

    private static Common.Kafka.KafkaOptions ReadKafka(SectionReader kafka)
    {
        var options = KafkaSection.Read(kafka);
        if (options.Properties.TryGetValue(OffsetReset, out var reset) && reset is "latest" or "largest" or "end")
        {
            kafka
                .Section("Properties")
                .Warn(OffsetReset, $"with {reset} what was written before the group first came is skipped, unseen");
        }

        return options;
    }

    private static ZooKeeperOptions? ReadZooKeeper(SectionReader root, DirectoryOptions directory)
    {
        var options = ZooKeeperSection.Read(root.Section("ZooKeeper"));
        if (options is null && directory.Kind == DirectoryKind.ZooKeeper)
        {
            root.Error(
                "ZooKeeper:ConnectionString",
                "is required: z1:2181,z2:2181/kalinka; it tells where clients are, unless Directory is Kafka"
            );
        }

        return options;
    }
}
