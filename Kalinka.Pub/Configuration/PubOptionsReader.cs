using Kalinka.Common.Configuration;
using Kalinka.Common.Directory;

namespace Kalinka.Pub.Configuration;

/// <summary>Reads the configuration of <c>kalinka-pub</c>, key by key.</summary>
internal static class PubOptionsReader
{
    private const string Sub = "kalinka-sub";

    /// <param name="defaultInstance">Asked only when the configuration names no instance.</param>
    public static PubOptions Read(SectionReader root, Func<string> defaultInstance)
    {
        root.Foreign("Delivery", Sub);
        var mqtt = root.Section("Mqtt");
        var kafka = root.Section("Kafka");
        kafka.Unused("GroupId", Sub);
        var directory = DirectorySection.Read(root);
        var hasDirectory = root.Has("ZooKeeper") || directory.Kind == DirectoryKind.Kafka;
        var options = new PubOptions(
            root.Name("Instance", defaultInstance),
            MqttSection.Read(mqtt, "kalinka-pub"),
            KafkaSection.Read(kafka),
            ZooKeeperSection.Read(root.Section("ZooKeeper")),
            PubMappingSection.Read(root.Section("Mapping")),
            PresenceSection.Read(root.Section("Presence"), hasDirectory),
            root.Section("DeadLetter").TopicName("Topic", "kalinka.dead-letter"),
            root.Section("Records").Flag("Sequence", true),
            BufferSection.Read(root.Section("Buffer")),
            HttpSection.Read(root.Section("Http"))
        )
        {
            Announced = AnnouncedSection.Read(mqtt, root.Has("ZooKeeper")),
            Directory = directory,
            ConfigurationHash = ConfigurationHash.Of(root),
        };
        WarnAboutSeats(mqtt, options);
        WarnAboutTopics(kafka, options);
        return options;
    }

    private static void WarnAboutSeats(SectionReader mqtt, PubOptions options)
    {
        if (options.ZooKeeper is null)
        {
            mqtt.Findings.Warnings.Add(
                new ConfigurationError(
                    "ZooKeeper",
                    options.Directory.Kind == DirectoryKind.Kafka
                        ? "is missing: seats are fixed, so only one instance may run"
                        : "is missing: seats are fixed, so only one instance may run; no presence"
                )
            );
        }

        if (options.Mqtt.Seats > 1)
        {
            mqtt.Warn(
                "Seats",
                $"{options.Mqtt.Seats} seats keep a device's order only where the broker deals by client (hash_clientid, $oshare)"
            );
        }
    }

    private static void WarnAboutTopics(SectionReader kafka, PubOptions options)
    {
        if (options.Kafka.CreateTopics == Common.Kafka.TopicCreation.All)
        {
            kafka.Warn("CreateTopics", "with All a device makes topics by naming them, where a rule's To has captures");
        }
    }
}
