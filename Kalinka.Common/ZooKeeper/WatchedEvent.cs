namespace Kalinka.Common.ZooKeeper;

/// <summary>What happened to a znode; the values are the protocol's.</summary>
public enum EventType
{
    NodeCreated = 1,
    NodeDeleted = 2,
    NodeDataChanged = 3,
    NodeChildrenChanged = 4,
}

/// <summary>A notification of a watch.</summary>
/// <param name="Path">Below the chroot.</param>
public readonly record struct WatchedEvent(EventType Type, string Path);
