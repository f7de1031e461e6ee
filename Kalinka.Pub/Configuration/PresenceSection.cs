using Kalinka.Common.Configuration;
using Kalinka.Common.Mapping;
using Kalinka.Pub.Presence.Sources;

namespace Kalinka.Pub.Configuration;

/// <summary>Reads the section <c>Presence</c>: how pub learns which broker a client is connected to.</summary>
internal static class PresenceSection
{
    private const int DefaultNewClientsPerSecond = 1_000;
    private const long DefaultMaximumClients = 2_000_000;

    public static PresenceOptions Read(SectionReader section, bool hasDirectory)
    {
        var sources = section.List("Sources").Select(ReadSource).OfType<PresenceSource>().ToList();
        if (sources.Count > 0 && !hasDirectory)
        {
            section.Error(
                "Sources",
                "needs the section ZooKeeper, or Directory: Kafka, where presence is written; or leave it out"
            );
        }

        if (!section.Has("Sources") && hasDirectory)
        {
            sources.Add(new PresenceSource(PresencePresets.Traffic, null, null, null));
        }

        RefuseRepeats(section, sources);
        return new PresenceOptions(
            sources,
            section.Duration("KeepOffline", TimeSpan.FromDays(7), TimeSpan.Zero, TimeSpan.FromDays(3650)),
            (int)section.Number("NewClientsPerSecond", DefaultNewClientsPerSecond, 1, 1_000_000),
            section.Number("MaximumClients", DefaultMaximumClients, 1, 1_000_000_000)
        );
    }

    private static void RefuseRepeats(SectionReader section, List<PresenceSource> sources)
    {
        var names = sources.Select(source => source.Preset ?? source.Pattern?.Filter.Text).OfType<string>();
        foreach (var repeated in names.GroupBy(name => name).Where(group => group.Count() > 1))
        {
            section.Error("Sources", $"{repeated.Key} stands there {repeated.Count()} times");
        }
    }

    private static PresenceSource? ReadSource(SectionReader source) =>
        string.IsNullOrEmpty(source.Value) ? ReadTopic(source) : ReadPreset(source, source.Value);

    private static PresenceSource? ReadPreset(SectionReader source, string text)
    {
        if (PresencePresets.Find(text) is { } preset)
        {
            return new PresenceSource(preset, null, null, null);
        }

        source.Error(
            "",
            PresencePresets.IsSilent(text)
                ? $"{text} publishes nothing by which its clients are known: name Traffic, or a topic of your own that devices fill, with a will, as an object with Topic, Online and Offline"
                : $"'{text}' must be one of {string.Join(", ", PresencePresets.Names)}, or an object with Topic, Online and Offline"
        );
        return null;
    }

    private static PresenceSource ReadTopic(SectionReader source)
    {
        var topic = source.Required("Topic", "a topic filter with {client}: status/{client}");
        var online = source.Required("Online", "the payload that says that the client is there");
        var offline = source.Required("Offline", "the payload that says that it has left");
        if (online == offline && online.Length > 0)
        {
            source.Error("Offline", $"'{offline}' is the payload of Online, too: it must be another one");
        }

        return new PresenceSource(null, topic.Length == 0 ? null : ReadPattern(source, topic), online, offline);
    }

    private static MqttPattern? ReadPattern(SectionReader source, string topic)
    {
        var place = new TextErrors(source.PathOf("Topic"), topic, source.Findings.Errors);
        if (topic.StartsWith("$share/", StringComparison.Ordinal))
        {
            place.Report("presence is read by one instance alone: leave $share/... out");
            return null;
        }

        var pattern = MqttPatternParser.Parse(topic, place);
        if (pattern is null || pattern.Captures is [StatusTopic.ClientCapture])
        {
            return pattern;
        }

        if (pattern.Captures.Contains(StatusTopic.ClientCapture))
        {
            place.Report("only {client} may be captured; for levels that may be anything write +");
        }
        else
        {
            place.Report("must have the level {client}: status/{client}");
        }

        return null;
    }
}
