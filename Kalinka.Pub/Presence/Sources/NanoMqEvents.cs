using Kalinka.Common.Directory;

namespace Kalinka.Pub.Presence.Sources;

/// <summary>
/// NanoMQ: <c>$SYS/brokers/client_status/{clientid}</c> with a status since 0.24.1, before that
/// <c>$SYS/brokers/connected</c> and <c>$SYS/brokers/disconnected</c>.
/// </summary>
/// <remarks>
/// NanoMQ puts names into its JSON as they are. A name with quotation marks can add fields, which then stand there twice: such
/// an event is not believed. Of the older form it is the only protection, because the topic names no client.
/// </remarks>
internal sealed class NanoMqEvents : IPresenceSource
{
    private readonly byte[] _scratch = new byte[ClientPath.LongestName];

    public string Name => "NanoMq";

    public IReadOnlyList<string> Filters { get; } =
    ["$SYS/brokers/client_status/#", "$SYS/brokers/connected", "$SYS/brokers/disconnected"];

    private static ReadOnlySpan<byte> StatusTopics => "$SYS/brokers/client_status/"u8;

    public bool Reads(ReadOnlySpan<byte> mqttTopic) =>
        mqttTopic.StartsWith(StatusTopics)
        || mqttTopic.SequenceEqual("$SYS/brokers/connected"u8)
        || mqttTopic.SequenceEqual("$SYS/brokers/disconnected"u8);

    public PresenceNote Read(ReadOnlySpan<byte> mqttTopic, ReadOnlySpan<byte> payload)
    {
        if (ClientEventJson.Read(payload, out var fields) is { } fault)
        {
            return PresenceNote.Nothing(fault);
        }

        return fields.Refused ? PresenceNote.Nothing(Ignored.Unrelated)
            : mqttTopic.StartsWith(StatusTopics) ? ReadStatus(mqttTopic[StatusTopics.Length..], fields)
            : ReadOlder(mqttTopic.EndsWith("/connected"u8) ? NoteKind.Online : NoteKind.Offline, fields);
    }

    private static PresenceNote ReadStatus(ReadOnlySpan<byte> client, scoped in ClientEventJson fields)
    {
        var kind =
            fields.Status.Is("online"u8) ? NoteKind.Online
            : fields.Status.Is("offline"u8) ? NoteKind.Offline
            : NoteKind.Nothing;
        if (kind == NoteKind.Nothing || client.IsEmpty)
        {
            return PresenceNote.Nothing(Ignored.Malformed);
        }

        return fields.ClientId.Is(client)
            ? PresenceNote.Of(kind, client) with
            {
                Time = fields.Timestamp,
            }
            : PresenceNote.Nothing(Ignored.Ambiguous);
    }

    private PresenceNote ReadOlder(NoteKind kind, scoped in ClientEventJson fields)
    {
        if (!fields.ClientId.IsPresent)
        {
            return PresenceNote.Nothing(Ignored.Malformed);
        }

        try
        {
            var client = fields.ClientId.Unescape(_scratch);
            return client.IsEmpty
                ? PresenceNote.Nothing(Ignored.TooLong)
                : PresenceNote.Of(kind, client) with
                {
                    Time = fields.Timestamp,
                };
        }
        catch (InvalidOperationException)
        {
            return PresenceNote.Nothing(Ignored.Malformed);
        }
    }
}
