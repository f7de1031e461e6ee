using Kalinka.Common.Mqtt;

namespace Kalinka.Common.Configuration;

/// <summary>Reads the section <c>Mqtt</c>, which both daemons share.</summary>
public static class MqttSection
{
    private static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);

    // Four bytes of seconds [MQTT-3.1.2.11.2]; the largest number means "never" and is left out.
    private static readonly TimeSpan LongestSession = TimeSpan.FromSeconds(uint.MaxValue - 1);

    /// <param name="clientId">The default of <c>ClientId</c>.</param>
    public static MqttOptions Read(SectionReader section, string clientId) =>
        new(
            BrokerSection.ReadAll(section),
            section.Name("ClientId", clientId),
            section.Name("ShareName", "kalinka"),
            (int)section.Number("Seats", 1, 1, 100),
            (ushort)section.Number("ReceiveMaximum", 1000, 1, ushort.MaxValue),
            section.WholeSeconds("SessionExpiry", TimeSpan.FromDays(1), OneSecond, LongestSession),
            section.WholeSeconds(
                "KeepAlive",
                TimeSpan.FromSeconds(30),
                OneSecond,
                TimeSpan.FromSeconds(ushort.MaxValue)
            )
        );
}
