using System.Buffers.Binary;

namespace Kalinka.Common.Mqtt;

/// <summary>
/// The Session Expiry Interval of a CONNACK [MQTT-3.2.2.3.2], which the decoder does not tell from none where it is zero.
/// </summary>
internal static class ConnAckExpiry
{
    private const byte SessionExpiryInterval = 0x11;
    private const int Unknown = -1;

    /// <param name="body">A CONNACK of MQTT 5 that the decoder has accepted, behind its fixed header.</param>
    /// <returns>Seconds; null where the broker keeps what was asked for.</returns>
    public static uint? Read(ReadOnlySpan<byte> body)
    {
        // Behind the flags and the reason code.
        if (body.Length < 3 || !VariableByteInteger.TryRead(body[2..], out var length, out var size))
        {
            return null;
        }

        var properties = body[(2 + size)..];
        properties = properties[..(int)Math.Min(length, properties.Length)];
        while (!properties.IsEmpty)
        {
            if (properties[0] == SessionExpiryInterval && properties.Length >= 5)
            {
                return BinaryPrimitives.ReadUInt32BigEndian(properties[1..]);
            }

            var taken = 1 + LengthOf(properties[0], properties[1..]);
            if (taken == 0 || taken > properties.Length)
            {
                return null;
            }

            properties = properties[taken..];
        }

        return null;
    }

    // [MQTT-2.2.2.2], those of CONNACK.
    private static int LengthOf(byte identifier, ReadOnlySpan<byte> value) =>
        identifier switch
        {
            0x24 or 0x25 or 0x28 or 0x29 or 0x2A => 1,
            0x13 or 0x21 or 0x22 => 2,
            0x27 => 4,
            0x12 or 0x15 or 0x16 or 0x1A or 0x1C or 0x1F => TextAt(value, 0),
            0x26 => TextAt(value, TextAt(value, 0)),
            _ => Unknown,
        };

    // Where a length-prefixed text at this place ends.
    private static int TextAt(ReadOnlySpan<byte> value, int start) =>
        start >= 0 && value.Length >= start + 2
            ? start + 2 + BinaryPrimitives.ReadUInt16BigEndian(value[start..])
            : Unknown;
}
