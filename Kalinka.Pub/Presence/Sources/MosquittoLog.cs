using System.Buffers.Text;

namespace Kalinka.Pub.Presence.Sources;

/// <summary>
/// Mosquitto's log on <c>$SYS/broker/log/N</c> (<c>log_dest topic</c>, <c>log_type notice</c>, <c>connection_messages true</c>),
/// its version, which says how to read it, and its uptime, which tells a restart.
/// </summary>
/// <remarks>
/// A line is at most 999 bytes; a client whose id does not fit is not seen here. Client ids and user names stand in it as the
/// client chose them. <see cref="MosquittoLine"/> says which lines are believed.
/// </remarks>
internal sealed class MosquittoLog : IPresenceSource
{
    private MosquittoDialect _dialect;

    public string Name => "Mosquitto";

    public IReadOnlyList<string> Filters { get; } = ["$SYS/broker/version", "$SYS/broker/uptime", "$SYS/broker/log/N"];

    public bool Reads(ReadOnlySpan<byte> mqttTopic) =>
        mqttTopic.SequenceEqual("$SYS/broker/log/N"u8)
        || mqttTopic.SequenceEqual("$SYS/broker/version"u8)
        || mqttTopic.SequenceEqual("$SYS/broker/uptime"u8);

    public PresenceNote Read(ReadOnlySpan<byte> mqttTopic, ReadOnlySpan<byte> payload)
    {
        if (mqttTopic.EndsWith("/version"u8))
        {
            _dialect = DialectOf(payload);
            return PresenceNote.Nothing(Ignored.Unrelated);
        }

        if (!mqttTopic.EndsWith("/uptime"u8))
        {
            return MosquittoLine.Read(payload, _dialect);
        }

        return Utf8Parser.TryParse(payload, out long seconds, out _)
            ? PresenceNote.Uptime(seconds)
            : PresenceNote.Nothing(Ignored.Malformed);
    }

    // "mosquitto version 2.0.11".
    private static MosquittoDialect DialectOf(ReadOnlySpan<byte> version)
    {
        var start = version.LastIndexOf((byte)' ') + 1;
        if (
            !Utf8Parser.TryParse(version[start..], out int major, out var size)
            || version.Length <= start + size
            || version[start + size] != '.'
            || !Utf8Parser.TryParse(version[(start + size + 1)..], out int minor, out _)
        )
        {
            return MosquittoDialect.Unknown;
        }

        return major > 2 || (major == 2 && minor >= 1) ? MosquittoDialect.WithAddress : MosquittoDialect.Plain;
    }
}
