namespace Kalinka.Pub.Presence.Sources;

/// <summary>
/// One way in which a broker tells who is connected. An object reads for one broker, one message at a time, in the order of
/// the messages. Whatever a message holds, reading it throws nothing.
/// </summary>
internal interface IPresenceSource
{
    /// <summary>As in the configuration.</summary>
    string Name { get; }

    /// <summary>Topic filters to subscribe to.</summary>
    IReadOnlyList<string> Filters { get; }

    /// <summary>The topic is one of this source.</summary>
    bool Reads(ReadOnlySpan<byte> mqttTopic);

    /// <param name="mqttTopic">One that it reads.</param>
    /// <param name="payload">As it came.</param>
    PresenceNote Read(ReadOnlySpan<byte> mqttTopic, ReadOnlySpan<byte> payload);
}
