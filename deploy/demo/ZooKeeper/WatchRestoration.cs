using Kalinka.Common.ZooKeeper;
using Kalinka.Common.ZooKeeper.Jute;

namespace Kalinka.QuickStart.ZooKeeper;

/// <summary>
/// Sets the watches of a client that comes back (setWatches, setWatches2). A one-shot watch whose event happened meanwhile
/// goes off at once; lasting ones are only set. Under the server's lock.
/// </summary>
internal readonly struct WatchRestoration(ServerState state, ServerConnection connection)
{
    public void Restore(OpCode type, ref JuteReader request)
    {
        var seen = request.ReadLong();
        foreach (var path in request.ReadStrings())
        {
            RestoreData(path, seen);
        }

        foreach (var path in request.ReadStrings())
        {
            RestoreExistence(path);
        }

        foreach (var path in request.ReadStrings())
        {
            RestoreChildren(path, seen);
        }

        if (type == OpCode.SetWatches2)
        {
            RestoreLasting(request.ReadStrings(), AddWatchMode.Persistent);
            RestoreLasting(request.ReadStrings(), AddWatchMode.PersistentRecursive);
        }
    }

    private void RestoreData(string path, long seen)
    {
        var node = state.Tree.Find(path);
        if (node is not null && node.Mzxid <= seen)
        {
            state.Watches.AddData(path, connection);
            return;
        }

        connection.Notify(new WatchedEvent(node is null ? EventType.NodeDeleted : EventType.NodeDataChanged, path));
    }

    private void RestoreExistence(string path)
    {
        if (state.Tree.Find(path) is null)
        {
            state.Watches.AddData(path, connection);
            return;
        }

        connection.Notify(new WatchedEvent(EventType.NodeCreated, path));
    }

    private void RestoreChildren(string path, long seen)
    {
        var node = state.Tree.Find(path);
        if (node is not null && node.Pzxid <= seen)
        {
            state.Watches.AddChildren(path, connection);
            return;
        }

        connection.Notify(new WatchedEvent(node is null ? EventType.NodeDeleted : EventType.NodeChildrenChanged, path));
    }

    private void RestoreLasting(string[] paths, AddWatchMode mode)
    {
        foreach (var path in paths)
        {
            state.Watches.AddLasting(path, mode, connection);
        }
    }
}
