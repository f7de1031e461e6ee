using System.Text;
using Kalinka.Common.Mapping;

namespace Kalinka.Pub.Presence.Sources;

/// <summary>
/// A topic of the user's own, with one payload that says that the client is there, and one, usually its will, that it is not.
/// Any other payload tells nothing; an empty one clears a retained message and tells nothing either.
/// </summary>
internal sealed class StatusTopic : IPresenceSource
{
    /// <summary>The capture that is the client's id.</summary>
    public const string ClientCapture = "client";

    private readonly MqttPattern _pattern;
    private readonly int _client;
    private readonly byte[] _online;
    private readonly byte[] _offline;

    /// <param name="pattern">With the capture <c>{client}</c> or <c>{client...}</c>.</param>
    /// <param name="online">The whole payload.</param>
    /// <param name="offline">The whole payload.</param>
    public StatusTopic(MqttPattern pattern, string online, string offline)
    {
        _pattern = pattern;
        _client = pattern.Captures.ToList().IndexOf(ClientCapture);
        _online = Encoding.UTF8.GetBytes(online);
        _offline = Encoding.UTF8.GetBytes(offline);
        Filters = [pattern.Filter.Text];
    }

    public string Name => _pattern.Text;

    public IReadOnlyList<string> Filters { get; }

    public bool Reads(ReadOnlySpan<byte> mqttTopic) => _pattern.Filter.Matches(mqttTopic);

    public PresenceNote Read(ReadOnlySpan<byte> mqttTopic, ReadOnlySpan<byte> payload)
    {
        var kind =
            payload.SequenceEqual(_online) ? NoteKind.Online
            : payload.SequenceEqual(_offline) ? NoteKind.Offline
            : NoteKind.Nothing;
        if (kind == NoteKind.Nothing)
        {
            return PresenceNote.Nothing(payload.IsEmpty ? Ignored.Unrelated : Ignored.Malformed);
        }

        Span<CaptureRange> captures = stackalloc CaptureRange[_pattern.Captures.Count];
        _pattern.Capture(mqttTopic, captures);
        var client = captures[_client].Of(mqttTopic);
        return client.IsEmpty ? PresenceNote.Nothing(Ignored.Malformed) : PresenceNote.Of(kind, client);
    }
}
