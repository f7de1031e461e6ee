namespace Kalinka.Common.Mqtt;

/// <summary>The length encoding of MQTT [MQTT-1.5.5]: up to four bytes of seven bits, at most 268,435,455.</summary>
internal static class VariableByteInteger
{
    public const uint Maximum = 268_435_455;

    /// <summary>False when the bytes are incomplete or longer than four.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out uint value, out int size)
    {
        value = 0;
        for (size = 0; size < 4 && size < source.Length; )
        {
            var current = source[size];
            value |= (uint)(current & 0x7F) << (7 * size);
            size++;
            if ((current & 0x80) == 0)
            {
                return true;
            }
        }

        return false;
    }

    public static int SizeOf(uint value) =>
        value switch
        {
            < 0x80 => 1,
            < 0x4000 => 2,
            < 0x200000 => 3,
            _ => 4,
        };

    /// <summary>Writes and returns the number of bytes.</summary>
    public static int Write(Span<byte> target, uint value)
    {
        var size = 0;
        do
        {
            var current = (byte)(value & 0x7F);
            value >>= 7;
            target[size++] = value == 0 ? current : (byte)(current | 0x80);
        } while (value != 0);

        return size;
    }
}
