using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Intake;

/// <summary>What a broker grants so little of that at least once does not hold there, although messages flow.</summary>
internal static class Shortcoming
{
    /// <returns>One sentence for a person; null when the promise holds.</returns>
    public static string? Of(MqttGrant grant, TimeSpan sessionExpiry) =>
        grant.MaximumQos == 0 ? "the broker has QoS 0 only: messages may get lost"
        : grant.SessionExpiry is not { } kept || kept >= sessionExpiry ? null
        : kept == TimeSpan.Zero ? "the broker keeps no session: what comes while nobody is connected is lost"
        : $"the broker keeps the session for {kept} only, not for {sessionExpiry}";

    /// <summary>The same for the answer to a SUBSCRIBE at QoS 1.</summary>
    public static string? Of(string filter, MqttReasonCode granted) =>
        granted == MqttReasonCode.Success ? $"the broker granted {filter} at QoS 0 only: messages may get lost" : null;
}
