namespace Kalinka.Pub.Presence.Sources;

/// <summary>
/// AWS IoT Core's lifecycle events: <c>$aws/events/presence/connected/{clientid}</c> and <c>.../disconnected/{clientid}</c>,
/// JSON. There are none of clients whose id holds <c>#</c> or <c>+</c>.
/// </summary>
/// <remarks>
/// They may come twice and out of order: <see cref="ConnectionVersions"/> finds the order again. Events of before version
/// numbers were added have at least the session's identifier.
/// </remarks>
internal sealed class AwsIotEvents : IPresenceSource
{
    private readonly ConnectionVersions _versions = new();

    public string Name => "AwsIot";

    public IReadOnlyList<string> Filters { get; } =
    ["$aws/events/presence/connected/#", "$aws/events/presence/disconnected/#"];

    private static ReadOnlySpan<byte> Connected => "$aws/events/presence/connected/"u8;

    private static ReadOnlySpan<byte> Disconnected => "$aws/events/presence/disconnected/"u8;

    public bool Reads(ReadOnlySpan<byte> mqttTopic) =>
        mqttTopic.StartsWith(Connected) || mqttTopic.StartsWith(Disconnected);

    public PresenceNote Read(ReadOnlySpan<byte> mqttTopic, ReadOnlySpan<byte> payload)
    {
        var online = mqttTopic.StartsWith(Connected);
        var client = mqttTopic[(online ? Connected.Length : Disconnected.Length)..];
        if (ClientEventJson.Read(payload, out var fields) is { } fault)
        {
            return PresenceNote.Nothing(fault);
        }

        if (client.IsEmpty || !fields.ClientId.Is(client) || !IsOfType(fields.Status, online))
        {
            return PresenceNote.Nothing(client.IsEmpty ? Ignored.Unrelated : Ignored.Ambiguous);
        }

        return online ? ReadConnect(client, fields) : ReadDisconnect(client, fields);
    }

    private PresenceNote ReadConnect(ReadOnlySpan<byte> client, scoped in ClientEventJson fields) =>
        fields.Version is { } version && !_versions.TryConnect(client, version, fields.Timestamp)
            ? PresenceNote.Nothing(Ignored.Outdated)
            : Note(NoteKind.Online, client, fields);

    private PresenceNote ReadDisconnect(ReadOnlySpan<byte> client, scoped in ClientEventJson fields)
    {
        // An attempt that was refused tells nothing of the client that is connected under this id.
        var refused = fields.Reason.Is("AUTH_ERROR"u8) || fields.Reason.Is("FORBIDDEN_ACCESS"u8);
        if (refused && fields.Version is { } attempt && !_versions.Has(client, attempt))
        {
            return PresenceNote.Nothing(Ignored.Unrelated);
        }

        if (fields.Version is { } version && !_versions.TryDisconnect(client, version, fields.Timestamp))
        {
            return PresenceNote.Nothing(Ignored.Outdated);
        }

        return fields.Reason.Is("DUPLICATE_CLIENTID"u8)
            ? PresenceNote.Nothing(Ignored.TakenOver)
            : Note(NoteKind.Offline, client, fields);
    }

    // Where versions tell the order, a session that several connections share must not hide a later one's end.
    private static PresenceNote Note(NoteKind kind, ReadOnlySpan<byte> client, scoped in ClientEventJson fields) =>
        PresenceNote.Of(kind, client) with
        {
            Session = fields.Version is null ? SessionToken.Of(fields.Session.Raw) : 0,
        };

    private static bool IsOfType(JsonText type, bool online) =>
        !type.IsPresent || type.Is(online ? "connected"u8 : "disconnected"u8);
}
