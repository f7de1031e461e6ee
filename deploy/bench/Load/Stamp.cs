using System.Buffers.Text;
using System.Diagnostics;

namespace Kalinka.Bench.Load;

/// <summary>
/// A payload of printable characters: the moment of sending in 16 hexadecimal digits, then filling. Without a line feed:
/// the tools beside us read lines.
/// </summary>
internal static class Stamp
{
    public const int MinimumSize = 16;

    public static byte[] Payload(int size)
    {
        var payload = new byte[size];
        Array.Fill(payload, (byte)'x');
        return payload;
    }

    public static void Write(Span<byte> payload) =>
        Utf8Formatter.TryFormat(Stopwatch.GetTimestamp(), payload, out _, new('x', MinimumSize));

    /// <summary>Ticks of <see cref="Stopwatch"/> since the payload was written.</summary>
    public static long Age(ReadOnlySpan<byte> payload) =>
        Utf8Parser.TryParse(payload[..MinimumSize], out long sent, out _, 'x')
            ? Stopwatch.GetTimestamp() - sent
            : throw new BenchException("A message arrived that this program did not send");
}
