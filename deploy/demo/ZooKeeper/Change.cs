using Kalinka.Common.ZooKeeper;
using Kalinka.Common.ZooKeeper.Jute;

namespace Kalinka.QuickStart.ZooKeeper;

/// <summary>A request that writes, alone or in a multi.</summary>
internal sealed class Change(OpCode type, string path, byte[] data, int argument)
{
    // Set by Apply; a sequential znode gets its number there.
    private string _created = "";

    public static Change Read(OpCode type, ref JuteReader request)
    {
        var path = request.ReadString();
        var data = type is OpCode.Delete or OpCode.Check ? [] : request.ReadBuffer().ToArray();
        if (type is OpCode.Create or OpCode.Create2)
        {
            SkipAcls(ref request);
        }

        // The flags of a create, and the version that all others expect.
        return new Change(type, path, data, request.ReadInt());
    }

    public static List<Change> ReadAll(ref JuteReader request)
    {
        var changes = new List<Change>();
        while (true)
        {
            var type = (OpCode)request.ReadInt();
            var done = request.ReadBool();
            request.ReadInt();
            if (done)
            {
                return changes;
            }

            changes.Add(Read(type, ref request));
        }
    }

    public KeeperCode Apply(Tree.Transaction transaction, long session) =>
        type switch
        {
            OpCode.Create or OpCode.Create2 => transaction.Create(
                path,
                data,
                (CreateMode)argument,
                session,
                out _created
            ),
            OpCode.Delete => transaction.Delete(path, argument),
            OpCode.SetData => transaction.SetData(path, data, argument),
            OpCode.Check => transaction.Check(path, argument),
            _ => KeeperCode.Unimplemented,
        };

    public void WriteResult(JuteWriter writer, Tree tree)
    {
        if (type is OpCode.Create or OpCode.Create2)
        {
            writer.WriteString(_created);
        }

        if (type is OpCode.Create2 or OpCode.SetData)
        {
            // A later operation of the same multi may have deleted it.
            (tree.Find(type == OpCode.SetData ? path : _created)?.Stat ?? default).Write(writer);
        }
    }

    public static void WriteResults(JuteWriter writer, List<Change> changes, Tree tree)
    {
        foreach (var change in changes)
        {
            WriteHeader(writer, change.Type, done: false, KeeperCode.Ok);
            change.WriteResult(writer, tree);
        }

        WriteHeader(writer, OpCode.Error, done: true, (KeeperCode)(-1));
    }

    public static void WriteFailures(JuteWriter writer, List<KeeperCode> codes)
    {
        foreach (var code in codes)
        {
            WriteHeader(writer, OpCode.Error, done: false, code);
            writer.WriteInt((int)code);
        }

        WriteHeader(writer, OpCode.Error, done: true, (KeeperCode)(-1));
    }

    private OpCode Type => type;

    private static void WriteHeader(JuteWriter writer, OpCode type, bool done, KeeperCode code)
    {
        writer.WriteInt((int)type);
        writer.WriteBool(done);
        writer.WriteInt((int)code);
    }

    private static void SkipAcls(ref JuteReader request)
    {
        const int smallestAcl = 12;
        for (var left = request.ReadCount(smallestAcl); left > 0; left--)
        {
            Acl.Read(ref request);
        }
    }
}
