namespace Kalinka.Pub.Intake;

/// <summary>Where seats publish their markers. Nothing below it ever becomes a record, whatever the rules say.</summary>
internal static class MarkerTopic
{
    public const string Prefix = "kalinka/age/";

    private static ReadOnlySpan<byte> PrefixBytes => "kalinka/age/"u8;

    public static bool Holds(ReadOnlySpan<byte> mqttTopic) => mqttTopic.StartsWith(PrefixBytes);
}
