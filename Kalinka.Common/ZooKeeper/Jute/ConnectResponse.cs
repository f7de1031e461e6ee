namespace Kalinka.Common.ZooKeeper.Jute;

/// <summary>The server's answer to a <see cref="ConnectRequest"/>.</summary>
/// <param name="TimeoutMs">The negotiated session time-out; 0 or less: the session has expired.</param>
internal readonly record struct ConnectResponse(int TimeoutMs, long SessionId, byte[] Password)
{
    public bool Expired => TimeoutMs <= 0;

    public void Write(JuteWriter writer)
    {
        var frame = writer.BeginFrame();
        writer.WriteInt(0);
        writer.WriteInt(TimeoutMs);
        writer.WriteLong(SessionId);
        writer.WriteBuffer(Password);
        writer.WriteBool(false);
        writer.EndFrame(frame);
    }

    public static ConnectResponse Read(ref JuteReader reader)
    {
        reader.ReadInt();
        var timeout = reader.ReadInt();
        var session = reader.ReadLong();
        // Servers before 3.4 leave out the flag that follows, and nothing here asks for a read-only server.
        return new ConnectResponse(timeout, session, reader.ReadBuffer().ToArray());
    }
}
