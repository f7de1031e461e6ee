namespace Kalinka.Pub.Presence.Sources;

/// <summary>
/// <c>New client connected from IP:port as ID (p2, c1, k60, u'user').</c> The address holds no space, so the id begins behind
/// the first <c> as </c>; it ends where what follows is one complete set of parameters, up to the end of the line.
/// </summary>
internal static class MosquittoConnect
{
    public static ReadOnlySpan<byte> Client => "New client connected from "u8;

    public static ReadOnlySpan<byte> Bridge => "New bridge connected from "u8;

    /// <param name="text">Begins with one of the two.</param>
    public static PresenceNote Read(ReadOnlySpan<byte> text)
    {
        text = text[Client.Length..];
        var address = text.IndexOf(" as "u8);
        if (address <= 0 || text[..address].Contains((byte)' '))
        {
            return PresenceNote.Nothing(Ignored.Malformed);
        }

        var rest = text[(address + " as "u8.Length)..];
        var end = -1;
        for (var at = 0; at < rest.Length; at++)
        {
            if (at > 0 && rest[at] == ' ' && IsParameters(rest[at..]))
            {
                if (end >= 0)
                {
                    return PresenceNote.Nothing(Ignored.Ambiguous);
                }

                end = at;
            }
        }

        return end < 0
            ? PresenceNote.Nothing(Ignored.Malformed)
            : PresenceNote.Of(NoteKind.Online, rest[..end]) with
            {
                Session = SessionToken.Of(text[..address]),
            };
    }

    private static bool IsParameters(ReadOnlySpan<byte> text) =>
        TryNumber(ref text, " (p"u8)
        && TryNumber(ref text, ", c"u8)
        && TryNumber(ref text, ", k"u8)
        && (text.SequenceEqual(")."u8) || (text.StartsWith(", u'"u8) && text.EndsWith("')."u8) && text.Length >= 7));

    private static bool TryNumber(ref ReadOnlySpan<byte> text, ReadOnlySpan<byte> before)
    {
        if (!text.StartsWith(before))
        {
            return false;
        }

        text = text[before.Length..];
        var digits = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        text = digits > 0 ? text[digits..] : text;
        return digits > 0;
    }
}
