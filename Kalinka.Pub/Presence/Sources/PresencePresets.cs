namespace Kalinka.Pub.Presence.Sources;

/// <summary>The sources that have a name, as the configuration spells them.</summary>
internal static class PresencePresets
{
    /// <summary>Not a topic: every message of a client.</summary>
    public const string Traffic = "Traffic";

    private static readonly Dictionary<string, Func<IPresenceSource>> Makers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Emqx"] = SysClientEvents.Emqx,
        ["Rmqtt"] = SysClientEvents.Rmqtt,
        ["NanoMq"] = static () => new NanoMqEvents(),
        ["Mosquitto"] = static () => new MosquittoLog(),
        ["MosquittoConnectionState"] = static () => new MosquittoConnectionState(),
        ["AwsIot"] = static () => new AwsIotEvents(),
        ["Sparkplug"] = static () => new Sparkplug(),
        ["Homie"] = static () => new HomieState(),
    };

    // They tell of their clients through plugins only, or of no client by name.
    private static readonly HashSet<string> Silent = new(StringComparer.OrdinalIgnoreCase)
    {
        "VerneMq",
        "HiveMq",
        "BifroMq",
        "RabbitMq",
        "ActiveMq",
        "Artemis",
    };

    public static IReadOnlyList<string> Names { get; } = [Traffic, .. Makers.Keys];

    /// <returns>The name as it is spelt here; null for none.</returns>
    public static string? Find(string text) =>
        Names.FirstOrDefault(name => name.Equals(text, StringComparison.OrdinalIgnoreCase));

    /// <summary>A broker that publishes nothing by which a client could be known.</summary>
    public static bool IsSilent(string text) => Silent.Contains(text);

    /// <summary>A new one, for one broker.</summary>
    /// <exception cref="KeyNotFoundException">No such source, or <see cref="Traffic"/>.</exception>
    public static IPresenceSource Make(string name) => Makers[name]();
}
