using Kalinka.Common.Configuration;

namespace Kalinka.Pub.Configuration;

/// <summary>Reads the section <c>Presence</c>: how pub learns which broker a client is connected to.</summary>
internal static class PresenceSection
{
    private const string Traffic = "Traffic";

    private static readonly string[] Presets = [Traffic, "Emqx", "Rmqtt", "NanoMq", "Mosquitto", "Sparkplug", "Homie"];

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
            sources.Add(new PresenceSource(Traffic, null, null, null));
        }

        if (section.Has("KeepOffline"))
        {
            section.Warn("KeepOffline", "is not read by this version, which never removes a client");
        }

        var keepOffline = section.Duration("KeepOffline", TimeSpan.FromDays(7), TimeSpan.Zero, TimeSpan.FromDays(3650));
        return new PresenceOptions(sources, keepOffline);
    }

    private static PresenceSource? ReadSource(SectionReader source) =>
        string.IsNullOrEmpty(source.Value) ? ReadTopic(source) : ReadPreset(source, source.Value);

    private static PresenceSource? ReadPreset(SectionReader source, string text)
    {
        var preset = Array.Find(Presets, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (preset is not null)
        {
            if (preset != Traffic)
            {
                WarnUnread(source, preset);
            }

            return new PresenceSource(preset, null, null, null);
        }

        source.Error(
            "",
            $"'{text}' must be one of {string.Join(", ", Presets)}, or an object with Topic, Online and Offline"
        );
        return null;
    }

    private static PresenceSource ReadTopic(SectionReader source)
    {
        var topic = source.Required("Topic", "a topic filter with {client}: status/{client}");
        if (topic.Length > 0 && !topic.Split('/').Contains("{client}"))
        {
            source.Error("Topic", $"'{topic}' must have the level {{client}}: status/{{client}}");
        }

        var online = source.Required("Online", "the payload that says that the client is there");
        var offline = source.Required("Offline", "the payload that says that it has left");
        WarnUnread(source, topic);
        return new PresenceSource(null, topic, online, offline);
    }

    private static void WarnUnread(SectionReader source, string what) =>
        source.Warn("", $"{what} is not read by this version: where clients are is learnt from {Traffic} alone");
}
