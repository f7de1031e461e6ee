using System.Buffers;

namespace Kalinka.Pub.Presence.Sources;

internal enum MosquittoDialect
{
    /// <summary>The version is not known.</summary>
    Unknown,

    /// <summary>Up to 2.0: a disconnect names the client alone.</summary>
    Plain,

    /// <summary>Since 2.1: behind the client stands the address, as with its connect.</summary>
    WithAddress,
}

/// <summary>Reads one line of Mosquitto's log.</summary>
/// <remarks>
/// <para>Nothing is quoted, so a client id can hold what looks like the rest of a line. But a line begins with words of
/// Mosquitto's own and ends with them, and each is a message of its own: line feeds in names begin no new one. So every line
/// is read in all ways in which it can be; if there is more than one, it is not believed.</para>
/// <para>What remains: of a line that Mosquitto cut off at 999 bytes nothing is believed; and in an unknown dialect the
/// goodbye of an id that ends like an address, <c>victim [10.0.0.1:1883]</c>, is taken for the victim's, unless the address
/// is not the one with which the victim connected.</para>
/// </remarks>
internal static class MosquittoLine
{
    // A buffer of 1,000 with the terminator (logging.c).
    private const int Longest = 998;

    private static readonly SearchValues<byte> OfTimestamps = SearchValues.Create("0123456789-:TZ+./, "u8);

    public static PresenceNote Read(ReadOnlySpan<byte> line, MosquittoDialect dialect)
    {
        if (line.Length > Longest)
        {
            return PresenceNote.Nothing(Ignored.TooLong);
        }

        var text = AfterTimestamp(line);
        return text.StartsWith(MosquittoConnect.Client) || text.StartsWith(MosquittoConnect.Bridge)
                ? MosquittoConnect.Read(text)
            : text.StartsWith(MosquittoGoodbye.Beginning) ? MosquittoGoodbye.Read(text, dialect)
            : text.StartsWith("Bad socket read/write on client "u8)
                ? ReadSocketError(text["Bad socket read/write on client "u8.Length..])
            : text.StartsWith("Expiring client "u8) && text.EndsWith(" due to timeout."u8)
                ? ReadExpiry(text["Expiring client "u8.Length..^" due to timeout."u8.Length])
            : PresenceNote.Nothing(Ignored.Unrelated);
    }

    // "1700000000: ", or log_timestamp_format in digits; nothing with log_timestamp false. A prefix with letters is none, or a
    // name with a colon could stand for the beginning of the line.
    private static ReadOnlySpan<byte> AfterTimestamp(ReadOnlySpan<byte> line)
    {
        var end = line.IndexOf(": "u8);
        return end > 0 && line[..end].IndexOfAnyExcept(OfTimestamps) < 0 ? line[(end + 2)..] : line;
    }

    // "ID: reason"; the reasons are sentences of Mosquitto's own without a colon.
    private static PresenceNote ReadSocketError(ReadOnlySpan<byte> text)
    {
        var end = text.LastIndexOf(": "u8);
        return end > 0 ? PresenceNote.Of(NoteKind.Offline, text[..end]) : PresenceNote.Nothing(Ignored.Malformed);
    }

    private static PresenceNote ReadExpiry(ReadOnlySpan<byte> client) =>
        client.IsEmpty ? PresenceNote.Nothing(Ignored.Malformed) : PresenceNote.Of(NoteKind.SessionEnded, client);
}
