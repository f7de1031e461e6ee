namespace Kalinka.Common.ZooKeeper;

/// <summary>Kinds of znodes; the values are the protocol's flags.</summary>
public enum CreateMode
{
    Persistent = 0,
    Ephemeral = 1,
    PersistentSequential = 2,
    EphemeralSequential = 3,
}
