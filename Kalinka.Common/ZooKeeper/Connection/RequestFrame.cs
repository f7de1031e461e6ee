using Kalinka.Common.ZooKeeper.Jute;

namespace Kalinka.Common.ZooKeeper.Connection;

/// <summary>Makes the bytes of requests: length, xid (filled in when it is sent), type, record.</summary>
internal static class RequestFrame
{
    [ThreadStatic]
    private static JuteWriter? _writer;

    public static byte[] Build(OpCode type, Action<JuteWriter>? record = null)
    {
        var writer = _writer ??= new JuteWriter();
        writer.Clear();
        var frame = writer.BeginFrame();
        writer.WriteInt(0);
        writer.WriteInt((int)type);
        record?.Invoke(writer);
        writer.EndFrame(frame);
        return writer.Written.ToArray();
    }

    /// <summary>The common shape: a path and a flag that asks for a one-shot watch, which this client never sets.</summary>
    public static byte[] Read(OpCode type, string path) =>
        Build(
            type,
            writer =>
            {
                writer.WriteString(path);
                writer.WriteBool(false);
            }
        );

    /// <summary>The other common shape: a path and a number.</summary>
    public static byte[] Numbered(OpCode type, string path, int number) =>
        Build(
            type,
            writer =>
            {
                writer.WriteString(path);
                writer.WriteInt(number);
            }
        );

    public static byte[] Sync(string path) => Build(OpCode.Sync, writer => writer.WriteString(path));

    public static byte[] SetData(string path, ReadOnlyMemory<byte> data, int version) =>
        Build(
            OpCode.SetData,
            writer =>
            {
                writer.WriteString(path);
                writer.WriteBuffer(data.Span);
                writer.WriteInt(version);
            }
        );

    public static byte[] Create(string path, ReadOnlyMemory<byte> data, CreateMode mode, Acl acl) =>
        Build(OpCode.Create2, writer => WriteCreate(writer, path, data.Span, mode, acl));

    public static void WriteCreate(JuteWriter writer, string path, ReadOnlySpan<byte> data, CreateMode mode, Acl acl)
    {
        writer.WriteString(path);
        writer.WriteBuffer(data);
        writer.WriteInt(1);
        acl.Write(writer);
        writer.WriteInt((int)mode);
    }
}
