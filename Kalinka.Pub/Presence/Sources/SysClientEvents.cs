namespace Kalinka.Pub.Presence.Sources;

/// <summary>
/// EMQX and RMQTT: <c>$SYS/brokers/{node}/clients/{clientid}/connected</c> and <c>.../disconnected</c>, JSON; RMQTT also
/// <c>$SYS/brokers/{node}/session/{clientid}/terminated</c>.
/// </summary>
/// <remarks>
/// The client stands in the topic, which nobody but the broker can choose, and again in the payload: an event in which the two
/// differ is not believed. A client id may hold slashes, and even end in <c>/connected</c>.
/// </remarks>
internal sealed class SysClientEvents : IPresenceSource
{
    private readonly bool _sessions;

    private SysClientEvents(string name, bool sessions)
    {
        (Name, _sessions) = (name, sessions);
        Filters = sessions
            ? ["$SYS/brokers/+/clients/#", "$SYS/brokers/+/session/+/terminated"]
            : ["$SYS/brokers/+/clients/#"];
    }

    public string Name { get; }

    public IReadOnlyList<string> Filters { get; }

    public static SysClientEvents Emqx() => new("Emqx", sessions: false);

    public static SysClientEvents Rmqtt() => new("Rmqtt", sessions: true);

    public bool Reads(ReadOnlySpan<byte> mqttTopic) =>
        TryAfterNode(mqttTopic, out var rest)
        && (rest.StartsWith("clients/"u8) || (_sessions && rest.StartsWith("session/"u8)));

    public PresenceNote Read(ReadOnlySpan<byte> mqttTopic, ReadOnlySpan<byte> payload)
    {
        var kind = KindOf(mqttTopic, out var client);
        if (kind == NoteKind.Nothing)
        {
            return PresenceNote.Nothing(Ignored.Unrelated);
        }

        if (ClientEventJson.Read(payload, out var fields) is { } fault)
        {
            return PresenceNote.Nothing(fault);
        }

        if (!fields.ClientId.Is(client))
        {
            return PresenceNote.Nothing(Ignored.Ambiguous);
        }

        return kind == NoteKind.Online && fields.Refused ? PresenceNote.Nothing(Ignored.Unrelated)
            : kind == NoteKind.Offline && IsTakeover(fields.Reason) ? PresenceNote.Nothing(Ignored.TakenOver)
            : PresenceNote.Of(kind, client) with
            {
                Session = Session(fields),
                Time = kind == NoteKind.Online ? fields.ConnectedAt : fields.DisconnectedAt,
            };
    }

    private static NoteKind KindOf(ReadOnlySpan<byte> mqttTopic, out ReadOnlySpan<byte> client)
    {
        client = default;
        if (!TryAfterNode(mqttTopic, out var rest))
        {
            return NoteKind.Nothing;
        }

        var kind =
            rest.StartsWith("clients/"u8) && rest.EndsWith("/connected"u8) ? NoteKind.Online
            : rest.StartsWith("clients/"u8) && rest.EndsWith("/disconnected"u8) ? NoteKind.Offline
            : rest.StartsWith("session/"u8) && rest.EndsWith("/terminated"u8) ? NoteKind.SessionEnded
            : NoteKind.Nothing;
        var (start, end) = (rest.IndexOf((byte)'/') + 1, rest.LastIndexOf((byte)'/'));
        if (kind == NoteKind.Nothing || end <= start)
        {
            return NoteKind.Nothing;
        }

        client = rest[start..end];
        return kind;
    }

    private static bool TryAfterNode(ReadOnlySpan<byte> mqttTopic, out ReadOnlySpan<byte> rest)
    {
        rest = default;
        if (!mqttTopic.StartsWith("$SYS/brokers/"u8))
        {
            return false;
        }

        var node = mqttTopic["$SYS/brokers/"u8.Length..];
        var end = node.IndexOf((byte)'/');
        rest = end > 0 ? node[(end + 1)..] : default;
        return end > 0;
    }

    // EMQX writes takenover, and takeovered in version 4. The client is still there, with another connection.
    private static bool IsTakeover(JsonText reason) =>
        reason.Is("takenover"u8) || reason.Is("takeovered"u8) || reason.Is("discarded"u8);

    // RMQTT's address has the port of the connection; EMQX's has none, but since 4.3 a disconnect repeats when its
    // connection began. An IPv6 address without a port has colons, too, but stands without brackets.
    private static long Session(in ClientEventJson fields)
    {
        var address = fields.Address.Raw;
        return address.Count((byte)':') == 1 || address.StartsWith("["u8)
            ? SessionToken.Of(address)
            : fields.ConnectedAt;
    }
}
