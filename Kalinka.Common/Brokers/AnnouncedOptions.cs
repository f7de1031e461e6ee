using Kalinka.Common.Mqtt;
using Kalinka.Common.Tls;

namespace Kalinka.Common.Brokers;

/// <summary>The section <c>Mqtt:Announced</c>: which announced brokers are connected to, and what they are shown.</summary>
/// <param name="Allow">Empty: none.</param>
/// <param name="Tls">For <c>mqtts://</c>.</param>
public sealed record AnnouncedOptions(
    IReadOnlyList<AddressPattern> Allow,
    MqttVersion Version,
    string? Username,
    string? Password,
    TlsOptions Tls
)
{
    /// <summary>Announced brokers are reported, and not connected to.</summary>
    public static AnnouncedOptions None { get; } =
        new([], MqttVersion.V5, null, null, new TlsOptions(null, null, null));

    // Credentials must not reach a log line.
    public override string ToString() => $"announced brokers at {string.Join(", ", Allow)}";
}
