namespace Kalinka.Common.ZooKeeper;

/// <summary>Where a client and its session stand.</summary>
public enum KeeperState
{
    /// <summary>Looking for a server; the session, if there is one, may still live.</summary>
    Connecting,

    Connected,

    /// <summary>The session is gone and its ephemerals with it. A fresh one follows by itself; ephemerals are the owner's to make again.</summary>
    Expired,

    /// <summary>A server refused the credentials. What waited has failed; the client tries again, for an operator may mend it.</summary>
    AuthFailed,

    Closed,
}
