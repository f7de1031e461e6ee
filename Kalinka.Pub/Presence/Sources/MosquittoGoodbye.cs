namespace Kalinka.Pub.Presence.Sources;

/// <summary>
/// <c>Client ID disconnected.</c> and its like of Mosquitto 2.0, <c>Client ID [IP:port] disconnected: reason.</c> of 2.1.
/// </summary>
internal static class MosquittoGoodbye
{
    private const string Reason = " disconnected: ";

    public static ReadOnlySpan<byte> Beginning => "Client "u8;

    /// <param name="text">Begins with <see cref="Beginning"/>.</param>
    public static PresenceNote Read(ReadOnlySpan<byte> text, MosquittoDialect dialect)
    {
        text = text[Beginning.Length..];
        if (dialect == MosquittoDialect.Plain)
        {
            return ReadPlain(text);
        }

        return TryReadAddressed(text, out var note) ? note
            : dialect == MosquittoDialect.Unknown ? ReadPlain(text)
            : PresenceNote.Nothing(Ignored.Unrelated);
    }

    // Every ending that fits says another id, and so does every " disconnected: " with a reason behind it.
    private static PresenceNote ReadPlain(ReadOnlySpan<byte> text)
    {
        var length = PlainEndings.LengthOf(text);
        var reasons = text.EndsWith("."u8) ? Count(text, " disconnected: "u8, out _) : 0;
        if (length > 0)
        {
            return reasons > 0 ? PresenceNote.Nothing(Ignored.Ambiguous) : Goodbye(text[..^length], session: 0);
        }

        var count = Count(text, " disconnected: "u8, out var at);
        return count switch
        {
            0 => PresenceNote.Nothing(Ignored.Unrelated),
            1 when PlainEndings.IsSystemError(text[(at + Reason.Length)..]) => Goodbye(text[..at], session: 0),
            1 => PresenceNote.Nothing(Ignored.Unrelated),
            _ => PresenceNote.Nothing(Ignored.Ambiguous),
        };
    }

    // "ID [IP:port] disconnected." or "ID [IP:port] disconnected: reason."
    private static bool TryReadAddressed(ReadOnlySpan<byte> text, out PresenceNote note)
    {
        note = PresenceNote.Nothing(Ignored.Unrelated);
        var found = 0;
        for (var at = 1; at < text.Length; at++)
        {
            if (text[at] == ' ' && AddressAt(text[at..]) is var size and > 0 && EndsBehind(text[(at + size)..]))
            {
                found++;
                note = Goodbye(text[..at], SessionToken.Of(text.Slice(at + 2, size - 3)));
            }
        }

        if (found > 1)
        {
            note = PresenceNote.Nothing(Ignored.Ambiguous);
        }

        return found > 0;
    }

    /// <returns>The length of <c> [IP:port]</c>; 0 when it is none.</returns>
    private static int AddressAt(ReadOnlySpan<byte> text)
    {
        if (!text.StartsWith(" ["u8))
        {
            return 0;
        }

        var end = text.IndexOf((byte)']');
        var colon = end > 0 ? text[..end].LastIndexOf((byte)':') : -1;
        var isAddress =
            colon > 2
            && colon + 1 < end
            && text[(colon + 1)..end].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0
            && !text[2..end].Contains((byte)' ');
        return isAddress ? end + 1 : 0;
    }

    private static bool EndsBehind(ReadOnlySpan<byte> text) =>
        text.SequenceEqual(" disconnected."u8) || (text.StartsWith(" disconnected: "u8) && text.EndsWith("."u8));

    private static PresenceNote Goodbye(ReadOnlySpan<byte> client, long session) =>
        client.IsEmpty
            ? PresenceNote.Nothing(Ignored.Malformed)
            : PresenceNote.Of(NoteKind.Offline, client) with
            {
                Session = session,
            };

    private static int Count(ReadOnlySpan<byte> text, ReadOnlySpan<byte> what, out int last)
    {
        last = text.LastIndexOf(what);
        return text.Count(what);
    }
}
