namespace Kalinka.Common.ZooKeeper;

/// <summary>What a lasting watch covers; the values are the protocol's. Servers know them since 3.6.</summary>
public enum AddWatchMode
{
    /// <summary>One znode: its data, its life and its list of children.</summary>
    Persistent = 0,

    /// <summary>A znode and all below it. Never tells <see cref="EventType.NodeChildrenChanged"/>.</summary>
    PersistentRecursive = 1,
}
