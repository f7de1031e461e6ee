namespace Kalinka.Pub.Presence.Sources;

/// <summary>
/// Mosquitto's plugin <c>connection-state</c>: <c>$SYS/broker/connection/client/{clientid}/state</c>, <c>1</c> or <c>0</c>,
/// retained. Only the broker may publish there, so nothing can be imitated.
/// </summary>
internal sealed class MosquittoConnectionState : IPresenceSource
{
    public string Name => "MosquittoConnectionState";

    public IReadOnlyList<string> Filters { get; } = ["$SYS/broker/connection/client/#"];

    private static ReadOnlySpan<byte> Beginning => "$SYS/broker/connection/client/"u8;

    private static ReadOnlySpan<byte> End => "/state"u8;

    public bool Reads(ReadOnlySpan<byte> mqttTopic) => mqttTopic.StartsWith(Beginning);

    public PresenceNote Read(ReadOnlySpan<byte> mqttTopic, ReadOnlySpan<byte> payload)
    {
        var rest = mqttTopic[Beginning.Length..];
        if (rest.Length <= End.Length || !rest.EndsWith(End))
        {
            return PresenceNote.Nothing(Ignored.Unrelated);
        }

        var client = rest[..^End.Length];
        return payload.SequenceEqual("1"u8) ? PresenceNote.Of(NoteKind.Online, client)
            : payload.SequenceEqual("0"u8) ? PresenceNote.Of(NoteKind.Offline, client)
            : PresenceNote.Nothing(Ignored.Malformed);
    }
}
