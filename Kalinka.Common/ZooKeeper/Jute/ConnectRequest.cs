namespace Kalinka.Common.ZooKeeper.Jute;

/// <summary>What a client says first: a new session (id 0), or the one that it had.</summary>
/// <param name="LastZxidSeen">A server that is behind it closes the connection.</param>
/// <param name="TimeoutMs">The session time-out that is asked for.</param>
internal readonly record struct ConnectRequest(long LastZxidSeen, int TimeoutMs, long SessionId, byte[] Password)
{
    public void Write(JuteWriter writer)
    {
        var frame = writer.BeginFrame();
        writer.WriteInt(0);
        writer.WriteLong(LastZxidSeen);
        writer.WriteInt(TimeoutMs);
        writer.WriteLong(SessionId);
        writer.WriteBuffer(Password);
        writer.WriteBool(false);
        writer.EndFrame(frame);
    }

    public static ConnectRequest Read(ref JuteReader reader)
    {
        reader.ReadInt();
        var lastZxid = reader.ReadLong();
        var timeout = reader.ReadInt();
        var session = reader.ReadLong();
        return new ConnectRequest(lastZxid, timeout, session, reader.ReadBuffer().ToArray());
    }
}
