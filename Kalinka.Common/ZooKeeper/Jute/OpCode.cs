namespace Kalinka.Common.ZooKeeper.Jute;

/// <summary>Types of requests (<c>ZooDefs.OpCode</c>).</summary>
internal enum OpCode
{
    Error = -1,
    CloseSession = -11,
    CreateSession = -10,
    Notification = 0,
    Create = 1,
    Delete = 2,
    Exists = 3,
    GetData = 4,
    SetData = 5,
    GetAcl = 6,
    GetChildren = 8,
    Sync = 9,
    Ping = 11,
    GetChildren2 = 12,
    Check = 13,
    Multi = 14,
    Create2 = 15,
    RemoveWatches = 18,
    Auth = 100,
    SetWatches = 101,
    SetWatches2 = 105,
    AddWatch = 106,
}
