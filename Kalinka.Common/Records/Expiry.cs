using System.Buffers.Text;

namespace Kalinka.Common.Records;

/// <summary>
/// Message Expiry Interval [MQTT-3.3.2.3.3] counts down while a message waits; in a record it is a point in time, so
/// that waiting in Kafka counts too.
/// </summary>
public static class Expiry
{
    /// <summary>Writes Unix milliseconds, decimal.</summary>
    /// <param name="target">Twenty bytes are enough.</param>
    public static ReadOnlySpan<byte> Format(long nowMs, uint expirySeconds, Span<byte> target)
    {
        Utf8Formatter.TryFormat(nowMs + (expirySeconds * 1000L), target, out var written);
        return target[..written];
    }

    /// <summary>False for anything but a plain number.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long expiresAtMs) =>
        Utf8Parser.TryParse(text, out expiresAtMs, out var used) && used == text.Length;

    /// <summary>The interval that is left, in whole seconds, at least 1.</summary>
    public static uint SecondsLeft(long expiresAtMs, long nowMs) =>
        (uint)Math.Clamp((expiresAtMs - nowMs) / 1000, 1, uint.MaxValue);
}
