namespace Kalinka.Pub.Presence.Sources;

internal enum NoteKind
{
    /// <summary>The message tells nothing: <see cref="PresenceNote.Ignored"/> says why.</summary>
    Nothing,

    Online,

    Offline,

    /// <summary>What the broker kept for a client that had left is gone, too.</summary>
    SessionEnded,

    /// <summary>The broker has been up for <see cref="PresenceNote.Time"/> seconds.</summary>
    Uptime,
}

/// <summary>Why a message on a topic of a source tells nothing.</summary>
internal enum Ignored
{
    /// <summary>It is about something else.</summary>
    Unrelated,

    /// <summary>It is not what this source sends.</summary>
    Malformed,

    /// <summary>It can be read in two ways: somebody may imitate somebody else.</summary>
    Ambiguous,

    /// <summary>A connection ended because the client made another.</summary>
    TakenOver,

    /// <summary>About a client id that no entry can have, or cut off.</summary>
    TooLong,

    /// <summary>Older than what the same broker has told before.</summary>
    Outdated,

    /// <summary>About a connection of Kalinka's own.</summary>
    Own,
}

/// <summary>What one message of a source says about one client.</summary>
internal readonly ref struct PresenceNote
{
    private PresenceNote(NoteKind kind) => Kind = kind;

    public NoteKind Kind { get; }

    public Ignored Ignored { get; private init; }

    /// <summary>UTF-8. Points into the message or into the source, until its next message.</summary>
    public ReadOnlySpan<byte> Client { get; init; }

    /// <summary>
    /// Distinguishes the client's connections at this broker, the same with its connect and its disconnect; 0 where the
    /// broker does not tell.
    /// </summary>
    public long Session { get; init; }

    /// <summary>By the broker's clock, Unix milliseconds: comparable with that of the same broker only. 0 when not told.</summary>
    public long Time { get; init; }

    /// <summary>Clients that share its fate: the devices behind an edge node.</summary>
    public IReadOnlyCollection<byte[]>? Dependents { get; init; }

    public static PresenceNote Of(NoteKind kind, ReadOnlySpan<byte> client) => new(kind) { Client = client };

    public static PresenceNote Nothing(Ignored reason) => new(NoteKind.Nothing) { Ignored = reason };

    public static PresenceNote Uptime(long seconds) => new(NoteKind.Uptime) { Time = seconds };
}
