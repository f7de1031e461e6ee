using Kalinka.Common.ZooKeeper;

namespace Kalinka.QuickStart.ZooKeeper;

/// <summary>Who is to be told of what. Under the server's lock.</summary>
internal sealed class WatchTable
{
    // One-shot watches: on the data of a znode (or on its coming into being), and on its list of children.
    private readonly Dictionary<string, HashSet<ServerConnection>> _data = [];
    private readonly Dictionary<string, HashSet<ServerConnection>> _children = [];
    private readonly Dictionary<string, Dictionary<ServerConnection, AddWatchMode>> _lasting = [];

    public void AddData(string path, ServerConnection connection) => Add(_data, path, connection);

    public void AddChildren(string path, ServerConnection connection) => Add(_children, path, connection);

    public void AddLasting(string path, AddWatchMode mode, ServerConnection connection)
    {
        if (!_lasting.TryGetValue(path, out var watchers))
        {
            _lasting.Add(path, watchers = []);
        }

        watchers[connection] = mode;
    }

    /// <returns>False when there was none.</returns>
    public bool Remove(string path, ServerConnection connection)
    {
        var data = _data.TryGetValue(path, out var dataWatchers) && dataWatchers.Remove(connection);
        var children = _children.TryGetValue(path, out var childWatchers) && childWatchers.Remove(connection);
        var lasting = _lasting.TryGetValue(path, out var lastingWatchers) && lastingWatchers.Remove(connection);
        return data || children || lasting;
    }

    public void Forget(ServerConnection connection)
    {
        foreach (var watchers in _data.Values.Concat(_children.Values))
        {
            watchers.Remove(connection);
        }

        foreach (var watchers in _lasting.Values)
        {
            watchers.Remove(connection);
        }
    }

    /// <summary>Tells each connection once.</summary>
    public void Trigger(WatchedEvent happened)
    {
        var told = new HashSet<ServerConnection>();
        if (happened.Type != EventType.NodeChildrenChanged && _data.Remove(happened.Path, out var data))
        {
            told.UnionWith(data);
        }

        if (
            happened.Type is EventType.NodeChildrenChanged or EventType.NodeDeleted
            && _children.Remove(happened.Path, out var children)
        )
        {
            told.UnionWith(children);
        }

        AddLastingTo(told, happened);
        foreach (var connection in told)
        {
            connection.Notify(happened);
        }
    }

    private void AddLastingTo(HashSet<ServerConnection> told, WatchedEvent happened)
    {
        for (var path = happened.Path; path is not null; path = ZnodePath.Parent(path))
        {
            foreach (var (connection, mode) in _lasting.GetValueOrDefault(path) ?? [])
            {
                var covered =
                    mode == AddWatchMode.Persistent
                        ? path == happened.Path
                        : happened.Type != EventType.NodeChildrenChanged;
                if (covered)
                {
                    told.Add(connection);
                }
            }
        }
    }

    private static void Add(
        Dictionary<string, HashSet<ServerConnection>> watches,
        string path,
        ServerConnection connection
    )
    {
        if (!watches.TryGetValue(path, out var watchers))
        {
            watches.Add(path, watchers = []);
        }

        watchers.Add(connection);
    }
}
