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
        ["Sparkplug"] = static () => new Sparkplug(),
        ["Homie"] = static () => new HomieState(),
    };

    public static IReadOnlyList<string> Names { get; } = [Traffic, .. Makers.Keys];

    /// <returns>The name as it is spelt here; null for none.</returns>
    public static string? Find(string text) =>
        Names.FirstOrDefault(name => name.Equals(text, StringComparison.OrdinalIgnoreCase));

    /// <summary>A new one, for one broker.</summary>
    /// <exception cref="KeyNotFoundException">No such source, or <see cref="Traffic"/>.</exception>
    public static IPresenceSource Make(string name) => Makers[name]();
}
