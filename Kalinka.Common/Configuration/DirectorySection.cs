using Kalinka.Common.Directory;

namespace Kalinka.Common.Configuration;

/// <summary>Reads where clients are found: <c>Directory</c>, and what of the section <c>Kafka</c> belongs to it.</summary>
public static class DirectorySection
{
    private const int MostClients = 100_000_000;

    public static DirectoryOptions Read(SectionReader root)
    {
        var kafka = root.Section("Kafka");
        var options = new DirectoryOptions(
            root.Choice("Directory", DirectoryKind.ZooKeeper),
            kafka.TopicName("DirectoryTopic", DirectoryOptions.DefaultTopic),
            (int)kafka.Number("DirectoryCapacity", DirectoryOptions.DefaultCapacity, 1000, MostClients)
        );
        foreach (var key in new[] { "DirectoryTopic", "DirectoryCapacity" })
        {
            if (options.Kind != DirectoryKind.Kafka && kafka.Has(key))
            {
                kafka.Warn(key, "has no effect: Directory is ZooKeeper");
            }
        }

        return options;
    }
}
