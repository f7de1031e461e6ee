using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Kalinka.Pub.Intake;

/// <summary>
/// What a marker says: whose it is, when it was sent by its sender's monotonic clock, and when by the wall clock:
/// <c>3f0c9a52d1e87b64 81250 1764091300123</c>. Any thread.
/// </summary>
internal sealed class MarkerPayload(TimeProvider time)
{
    public const int MaximumLength = 16 + 2 * 21;

    private const int OriginLength = 16;

    private readonly byte[] _origin = Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(OriginLength, true));
    private readonly long _birth = time.GetTimestamp();

    /// <summary>Milliseconds of the monotonic clock; above zero and never the same again after a millisecond.</summary>
    public long NowMs => (long)time.GetElapsedTime(_birth).TotalMilliseconds + 1;

    /// <returns>The length.</returns>
    public int Write(Span<byte> target, long nowMs)
    {
        _origin.CopyTo(target);
        var length = OriginLength;
        Append(target, ref length, nowMs);
        Append(target, ref length, time.GetUtcNow().ToUnixTimeMilliseconds());
        return length;
    }

    /// <summary>False for what is no marker. A device that publishes there can at worst confuse the age shown.</summary>
    public bool TryRead(ReadOnlySpan<byte> payload, out SentMarker marker)
    {
        marker = default;
        if (payload.Length < OriginLength)
        {
            return false;
        }

        var rest = payload[OriginLength..];
        if (!TryTake(ref rest, out var sentMs) || !TryTake(ref rest, out var unixMs) || !rest.IsEmpty)
        {
            return false;
        }

        var own = payload[..OriginLength].SequenceEqual(_origin);
        var age = own ? NowMs - sentMs : time.GetUtcNow().ToUnixTimeMilliseconds() - unixMs;
        if (own && age < 0)
        {
            return false;
        }

        marker = new SentMarker(own, sentMs, Math.Max(0, age));
        return true;
    }

    private static void Append(Span<byte> target, ref int length, long number)
    {
        target[length++] = (byte)' ';
        Utf8Formatter.TryFormat(number, target[length..], out var written);
        length += written;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> rest, out long number)
    {
        number = 0;
        if (rest.IsEmpty || rest[0] != ' ' || !Utf8Parser.TryParse(rest[1..], out number, out int read) || number < 0)
        {
            return false;
        }

        rest = rest[(1 + read)..];
        return true;
    }
}

/// <param name="Own">Sent by this process for this seat.</param>
/// <param name="SentMs">By its sender's monotonic clock.</param>
/// <param name="AgeMs">Not negative; of another's marker as far as the hosts' clocks agree.</param>
internal readonly record struct SentMarker(bool Own, long SentMs, long AgeMs);
