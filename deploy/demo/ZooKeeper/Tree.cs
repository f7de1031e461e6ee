using System.Globalization;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.QuickStart.ZooKeeper;

/// <summary>The znodes. Changes are made in a <see cref="Transaction"/>, which can take them back. Under the server's lock.</summary>
internal sealed class Tree(TimeProvider time)
{
    private readonly Dictionary<string, TreeNode> _nodes = new() { ["/"] = new TreeNode([], 0, 0, 0) };

    /// <summary>The last transaction.</summary>
    public long Zxid { get; private set; }

    public TreeNode? Find(string path) => _nodes.GetValueOrDefault(path);

    public Transaction Begin() => new(this, Zxid + 1, time.GetUtcNow().ToUnixTimeMilliseconds());

    public string[] EphemeralsOf(long session) =>
        [.. _nodes.Where(each => each.Value.EphemeralOwner == session).Select(each => each.Key)];

    /// <summary>Changes that belong together.</summary>
    internal sealed class Transaction(Tree tree, long zxid, long now)
    {
        private readonly Stack<Action> _undo = new();

        /// <summary>What watches are to be told once it is committed.</summary>
        public List<WatchedEvent> Events { get; } = [];

        public KeeperCode Create(string path, byte[] data, CreateMode mode, long session, out string created)
        {
            created = path;
            var parentPath = ZnodePath.Fault(path.Length > 0 && path[^1] == '/' ? path + "0" : path) is null
                ? ZnodePath.Parent(path)
                : null;
            if (parentPath is null)
            {
                return path == "/" ? KeeperCode.NodeExists : KeeperCode.BadArguments;
            }

            if (tree.Find(parentPath) is not { } parent)
            {
                return KeeperCode.NoNode;
            }

            if (parent.EphemeralOwner != 0)
            {
                return KeeperCode.NoChildrenForEphemerals;
            }

            if (mode is CreateMode.PersistentSequential or CreateMode.EphemeralSequential)
            {
                created = path + parent.Created.ToString("D10", CultureInfo.InvariantCulture);
            }

            var owner = mode is CreateMode.Ephemeral or CreateMode.EphemeralSequential ? session : 0;
            return Add(created, parentPath, parent, new TreeNode(data, zxid, now, owner));
        }

        public KeeperCode Delete(string path, int version)
        {
            if (path == "/")
            {
                return KeeperCode.BadArguments;
            }

            if (Check(path, version) is var code and not KeeperCode.Ok)
            {
                return code;
            }

            var node = tree._nodes[path];
            if (node.Children.Count > 0)
            {
                return KeeperCode.NotEmpty;
            }

            var parentPath = ZnodePath.Parent(path)!;
            tree._nodes.Remove(path);
            _undo.Push(() => tree._nodes.Add(path, node));
            _undo.Push(tree._nodes[parentPath].Release(NameOf(path), zxid));
            Events.Add(new WatchedEvent(EventType.NodeDeleted, path));
            Events.Add(new WatchedEvent(EventType.NodeChildrenChanged, parentPath));
            return KeeperCode.Ok;
        }

        public KeeperCode SetData(string path, byte[] data, int version)
        {
            if (Check(path, version) is var code and not KeeperCode.Ok)
            {
                return code;
            }

            _undo.Push(tree._nodes[path].Set(data, zxid, now));
            Events.Add(new WatchedEvent(EventType.NodeDataChanged, path));
            return KeeperCode.Ok;
        }

        public KeeperCode Check(string path, int version)
        {
            if (tree.Find(path) is not { } node)
            {
                return KeeperCode.NoNode;
            }

            return version == -1 || version == node.Version ? KeeperCode.Ok : KeeperCode.BadVersion;
        }

        public void Commit() => tree.Zxid = zxid;

        public void RollBack()
        {
            while (_undo.TryPop(out var takeBack))
            {
                takeBack();
            }
        }

        private KeeperCode Add(string path, string parentPath, TreeNode parent, TreeNode node)
        {
            if (!tree._nodes.TryAdd(path, node))
            {
                return KeeperCode.NodeExists;
            }

            _undo.Push(() => tree._nodes.Remove(path));
            _undo.Push(parent.Adopt(NameOf(path), zxid));
            Events.Add(new WatchedEvent(EventType.NodeCreated, path));
            Events.Add(new WatchedEvent(EventType.NodeChildrenChanged, parentPath));
            return KeeperCode.Ok;
        }

        private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];
    }
}
