using Kalinka.Common.ZooKeeper.Jute;

namespace Kalinka.Common.ZooKeeper.Connection;

/// <summary>The records of a multi: a header before each operation, and one that says that there are no more.</summary>
internal static class MultiRecord
{
    // A reply has no more of them than its request, but its bytes are a stranger's.
    private const int SmallestResult = 9;

    public static byte[] Request(IReadOnlyList<Op> ops, Chroot chroot) =>
        RequestFrame.Build(
            OpCode.Multi,
            writer =>
            {
                foreach (var op in ops)
                {
                    Write(writer, op, chroot.ToServer(op.Path));
                }

                WriteHeader(writer, OpCode.Error, done: true);
            }
        );

    public static MultiResult Read(ref JuteReader body, Chroot chroot)
    {
        var results = new List<OpResult>(body.Remaining / (SmallestResult + sizeof(int)));
        while (true)
        {
            var type = (OpCode)body.ReadInt();
            var done = body.ReadBool();
            body.ReadInt();
            if (done)
            {
                return new MultiResult(results);
            }

            results.Add(ReadResult(ref body, type, chroot));
        }
    }

    private static OpResult ReadResult(ref JuteReader body, OpCode type, Chroot chroot)
    {
        switch (type)
        {
            case OpCode.Error:
                return new OpResult((KeeperCode)body.ReadInt(), null, default);
            case OpCode.SetData:
                return new OpResult(KeeperCode.Ok, null, Stat.Read(ref body));
            case OpCode.Create:
                return new OpResult(KeeperCode.Ok, chroot.FromServer(body.ReadString()), default);
            case OpCode.Delete or OpCode.Check:
                return default;
            default:
                throw new InvalidDataException($"a multi with a result of type {(int)type}");
        }
    }

    private static void Write(JuteWriter writer, Op op, string path)
    {
        switch (op)
        {
            case Op.CreateOp create:
                // Not create2: 3.8 answers that like a create when it stands in a multi.
                WriteHeader(writer, OpCode.Create);
                RequestFrame.WriteCreate(writer, path, create.Data, create.Mode, Acl.Open);
                break;
            case Op.SetDataOp set:
                WriteHeader(writer, OpCode.SetData);
                writer.WriteString(path);
                writer.WriteBuffer(set.Data);
                writer.WriteInt(set.Version);
                break;
            case Op.DeleteOp delete:
                WriteVersioned(writer, OpCode.Delete, path, delete.Version);
                break;
            case Op.CheckOp check:
                WriteVersioned(writer, OpCode.Check, path, check.Version);
                break;
        }
    }

    private static void WriteVersioned(JuteWriter writer, OpCode type, string path, int version)
    {
        WriteHeader(writer, type);
        writer.WriteString(path);
        writer.WriteInt(version);
    }

    private static void WriteHeader(JuteWriter writer, OpCode type, bool done = false)
    {
        writer.WriteInt((int)type);
        writer.WriteBool(done);
        writer.WriteInt(-1);
    }
}
