using System.Buffers.Text;

namespace Kalinka.Common.Records;

/// <summary>
/// How often a message has passed a Kalinka daemon, decimal, in the header and the user property
/// <c>kalinka-hops</c>. It ends loops: what says more than <see cref="Maximum"/> goes no further.
/// </summary>
public static class Hops
{
    public const int Maximum = 4;

    /// <summary>What a message without a legible count is taken for.</summary>
    public const int None = 0;

    /// <summary>False for anything but a plain number of at most nine digits.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out int hops) =>
        Utf8Parser.TryParse(text, out hops, out var used) && used == text.Length && used is > 0 and < 10 && hops >= 0;

    /// <summary>Writes the count of the next leg.</summary>
    /// <param name="target">Eleven bytes are enough.</param>
    public static ReadOnlySpan<byte> FormatNext(int hops, Span<byte> target)
    {
        Utf8Formatter.TryFormat(hops + 1, target, out var written);
        return target[..written];
    }
}
