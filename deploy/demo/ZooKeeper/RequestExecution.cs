using Kalinka.Common.ZooKeeper;
using Kalinka.Common.ZooKeeper.Jute;

namespace Kalinka.QuickStart.ZooKeeper;

/// <summary>Reads one request, carries it out and replies. Under the server's lock.</summary>
internal readonly ref struct RequestExecution
{
    private readonly ServerState _state;
    private readonly ServerSession _session;
    private readonly ServerConnection _connection;
    private readonly int _xid;

    private RequestExecution(ServerState state, ServerSession session, ServerConnection connection, int xid)
    {
        _state = state;
        _session = session;
        _connection = connection;
        _xid = xid;
    }

    public static void Execute(
        ServerState state,
        ServerSession session,
        ServerConnection connection,
        ReadOnlySpan<byte> frame
    )
    {
        var request = new JuteReader(frame);
        var xid = request.ReadInt();
        var type = (OpCode)request.ReadInt();
        new RequestExecution(state, session, connection, xid).Execute(type, ref request);
    }

    private void Execute(OpCode type, ref JuteReader request)
    {
        switch (type)
        {
            case OpCode.Create or OpCode.Create2 or OpCode.Delete or OpCode.SetData:
                Write(type, ref request);
                break;
            case OpCode.Multi:
                Multi(ref request);
                break;
            case OpCode.GetData or OpCode.Exists or OpCode.GetChildren or OpCode.GetChildren2 or OpCode.GetAcl:
                Read(type, ref request);
                break;
            case OpCode.AddWatch or OpCode.RemoveWatches or OpCode.SetWatches or OpCode.SetWatches2:
                Watch(type, ref request);
                break;
            case OpCode.Sync:
                var path = request.ReadString();
                Reply(KeeperCode.Ok, writer => writer.WriteString(path));
                break;
            case OpCode.Ping or OpCode.Auth:
                Reply(KeeperCode.Ok);
                break;
            case OpCode.CloseSession:
                _state.End(_session);
                Reply(KeeperCode.Ok);
                _connection.Close();
                break;
            default:
                Reply(KeeperCode.Unimplemented);
                break;
        }
    }

    private void Write(OpCode type, ref JuteReader request)
    {
        var transaction = _state.Tree.Begin();
        var change = Change.Read(type, ref request);
        var code = change.Apply(transaction, _session.Id);
        if (code != KeeperCode.Ok)
        {
            Reply(code);
            return;
        }

        _state.Commit(transaction);
        var tree = _state.Tree;
        Reply(KeeperCode.Ok, writer => change.WriteResult(writer, tree));
    }

    private void Multi(ref JuteReader request)
    {
        var transaction = _state.Tree.Begin();
        var changes = Change.ReadAll(ref request);
        var codes = new List<KeeperCode>(changes.Count);
        foreach (var change in changes)
        {
            var failed = codes.Exists(code => code != KeeperCode.Ok);
            codes.Add(failed ? KeeperCode.RuntimeInconsistency : change.Apply(transaction, _session.Id));
        }

        if (codes.TrueForAll(code => code == KeeperCode.Ok))
        {
            _state.Commit(transaction);
            var tree = _state.Tree;
            Reply(KeeperCode.Ok, writer => Change.WriteResults(writer, changes, tree));
        }
        else
        {
            transaction.RollBack();
            Reply(KeeperCode.Ok, writer => Change.WriteFailures(writer, codes));
        }
    }

    private void Read(OpCode type, ref JuteReader request)
    {
        var path = request.ReadString();
        var watch = type != OpCode.GetAcl && request.ReadBool();
        var node = _state.Tree.Find(path);
        if (watch && type is OpCode.GetChildren or OpCode.GetChildren2 && node is not null)
        {
            _state.Watches.AddChildren(path, _connection);
        }
        else if (watch && (node is not null || type == OpCode.Exists))
        {
            _state.Watches.AddData(path, _connection);
        }

        Reply(
            node is null ? KeeperCode.NoNode : KeeperCode.Ok,
            node is null ? null : writer => Show(writer, type, node)
        );
    }

    private static void Show(JuteWriter writer, OpCode type, TreeNode node)
    {
        switch (type)
        {
            case OpCode.GetData:
                writer.WriteBuffer(node.Data);
                break;
            case OpCode.GetChildren or OpCode.GetChildren2:
                writer.WriteStrings(node.Children);
                break;
            case OpCode.GetAcl:
                writer.WriteInt(1);
                Acl.Open.Write(writer);
                break;
        }

        if (type != OpCode.GetChildren)
        {
            node.Stat.Write(writer);
        }
    }

    private void Watch(OpCode type, ref JuteReader request)
    {
        switch (type)
        {
            case OpCode.AddWatch:
                var path = request.ReadString();
                _state.Watches.AddLasting(path, (AddWatchMode)request.ReadInt(), _connection);
                Reply(KeeperCode.Ok, writer => writer.WriteInt((int)KeeperCode.Ok));
                break;
            case OpCode.RemoveWatches:
                var removed = _state.Watches.Remove(request.ReadString(), _connection);
                Reply(removed ? KeeperCode.Ok : KeeperCode.NoWatcher);
                break;
            default:
                new WatchRestoration(_state, _connection).Restore(type, ref request);
                Reply(KeeperCode.Ok);
                break;
        }
    }

    private void Reply(KeeperCode code, Action<JuteWriter>? record = null) =>
        _connection.Reply(_xid, _state.Tree.Zxid, code, record);
}
