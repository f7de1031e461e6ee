using System.Text;
using Kalinka.Pub.Presence.Sources;

namespace Kalinka.Tests.Pub.Presence.Sources;

/// <summary>What a source makes of a message, as a test compares it: <c>Online c1</c>, or the reason why it tells nothing.</summary>
internal static class Reading
{
    public static string Of(IPresenceSource source, string topic, string payload) =>
        Of(source, topic, Encoding.UTF8.GetBytes(payload));

    public static string Of(IPresenceSource source, string topic, ReadOnlySpan<byte> payload)
    {
        var mqttTopic = Encoding.UTF8.GetBytes(topic);
        Assert.That(source.Reads(mqttTopic), Is.True, $"{topic} is a topic of {source.Name}");
        var note = source.Read(mqttTopic, payload);
        return note.Kind == NoteKind.Nothing
            ? $"{note.Ignored}"
            : $"{note.Kind} {Encoding.UTF8.GetString(note.Client)}";
    }

    public static (long Session, long Time) Evidence(IPresenceSource source, string topic, string payload)
    {
        var note = source.Read(Encoding.UTF8.GetBytes(topic), Encoding.UTF8.GetBytes(payload));
        return (note.Session, note.Time);
    }
}
