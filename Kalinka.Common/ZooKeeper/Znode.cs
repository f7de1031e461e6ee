namespace Kalinka.Common.ZooKeeper;

/// <summary>A znode that was created. The path ends with its number when the mode is sequential.</summary>
public readonly record struct CreatedZnode(string Path, Stat Stat);

/// <summary>A znode that was read.</summary>
public readonly record struct Znode(byte[] Data, Stat Stat);
