namespace Kalinka.Pub.Presence.Sources;

/// <summary>
/// The Homie convention: <c>homie/{device}/$state</c>, in version 5 <c>homie/5/{device}/$state</c>, retained; the will says
/// <c>lost</c>. The client is the device's id. A device that sleeps has left: its session keeps what comes for it.
/// </summary>
internal sealed class HomieState : IPresenceSource
{
    public string Name => "Homie";

    public IReadOnlyList<string> Filters { get; } = ["homie/+/$state", "homie/5/+/$state"];

    private static ReadOnlySpan<byte> End => "/$state"u8;

    public bool Reads(ReadOnlySpan<byte> mqttTopic) =>
        mqttTopic.Length > "homie/"u8.Length + End.Length
        && mqttTopic.StartsWith("homie/"u8)
        && mqttTopic.EndsWith(End);

    public PresenceNote Read(ReadOnlySpan<byte> mqttTopic, ReadOnlySpan<byte> payload)
    {
        var device = mqttTopic["homie/"u8.Length..^End.Length];
        if (device.StartsWith("5/"u8))
        {
            device = device["5/"u8.Length..];
        }

        if (device.IsEmpty || device.Contains((byte)'/'))
        {
            return PresenceNote.Nothing(Ignored.Unrelated);
        }

        var here =
            payload.SequenceEqual("init"u8) || payload.SequenceEqual("ready"u8) || payload.SequenceEqual("alert"u8);
        var gone =
            payload.SequenceEqual("disconnected"u8)
            || payload.SequenceEqual("sleeping"u8)
            || payload.SequenceEqual("lost"u8);
        return here ? PresenceNote.Of(NoteKind.Online, device)
            : gone ? PresenceNote.Of(NoteKind.Offline, device)
            : PresenceNote.Nothing(Ignored.Malformed);
    }
}
