using Kalinka.Common.Kafka;

namespace Kalinka.Common.Configuration;

/// <summary>Reads the section <c>Kafka</c>, which both daemons share.</summary>
public static class KafkaSection
{
    public static KafkaOptions Read(SectionReader section)
    {
        var servers = section.Required("BootstrapServers", "k1:9092,k2:9092");
        if (servers.Length > 0 && Hosts.ListProblem(servers) is { } problem)
        {
            section.Error("BootstrapServers", problem);
        }

        return new KafkaOptions(
            servers,
            section.Text("GroupId") ?? "kalinka-sub",
            section.Choice("CreateTopics", TopicCreation.FromRules),
            new Dictionary<string, string>(section.Map("Properties"), StringComparer.Ordinal)
        );
    }

    /// <summary>Asks librdkafka what it thinks of <c>Properties</c>, unless the section has errors already.</summary>
    public static void CheckProperties(SectionReader root, KafkaOptions options)
    {
        if (!root.Findings.HasErrorsAt("Kafka"))
        {
            root.Findings.Errors.AddRange(KafkaProperties.Validate(options));
        }
    }

    /// <summary>A topic's name; Kafka allows 1 to 249 letters, digits, dots, underscores and hyphens.</summary>
    public static string TopicName(this SectionReader section, string key, string fallback)
    {
        var name = section.Text(key) ?? fallback;
        if (
            name.Length > 249
            || name is "." or ".."
            || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
        )
        {
            section.Error(
                key,
                $"'{name}' must be the name of a Kafka topic: 1 to 249 letters (A-Z, a-z), digits, dots, underscores and hyphens"
            );
        }

        return name;
    }
}
