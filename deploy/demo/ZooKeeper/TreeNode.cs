using Kalinka.Common.ZooKeeper;

namespace Kalinka.QuickStart.ZooKeeper;

/// <summary>A znode of the tree in memory. Under the server's lock.</summary>
internal sealed class TreeNode
{
    private readonly long _czxid;
    private readonly long _ctime;
    private long _mzxid;
    private long _mtime;
    private int _version;

    public TreeNode(byte[] data, long zxid, long now, long ephemeralOwner)
    {
        Data = data;
        EphemeralOwner = ephemeralOwner;
        Pzxid = _czxid = _mzxid = zxid;
        _ctime = _mtime = now;
    }

    public byte[] Data { get; private set; }

    public HashSet<string> Children { get; } = [];

    public long EphemeralOwner { get; }

    public int Version => _version;

    public long Mzxid => _mzxid;

    public long Pzxid { get; private set; }

    /// <summary>Children ever created: the number that the next sequential one gets.</summary>
    public int Created { get; private set; }

    public Stat Stat =>
        new(
            _czxid,
            _mzxid,
            _ctime,
            _mtime,
            _version,
            // Every creation and every deletion counts; those that are left were not deleted.
            (Created * 2) - Children.Count,
            0,
            EphemeralOwner,
            Data.Length,
            Children.Count,
            Pzxid
        );

    /// <returns>What takes the change back.</returns>
    public Action Set(byte[] changed, long changeZxid, long changeTime)
    {
        var (oldData, oldVersion, oldZxid, oldTime) = (Data, _version, _mzxid, _mtime);
        (Data, _version, _mzxid, _mtime) = (changed, _version + 1, changeZxid, changeTime);
        return () => (Data, _version, _mzxid, _mtime) = (oldData, oldVersion, oldZxid, oldTime);
    }

    /// <returns>What takes the child out again.</returns>
    public Action Adopt(string name, long changeZxid)
    {
        var (oldCreated, oldZxid) = (Created, Pzxid);
        Children.Add(name);
        (Created, Pzxid) = (Created + 1, changeZxid);
        return () =>
        {
            Children.Remove(name);
            (Created, Pzxid) = (oldCreated, oldZxid);
        };
    }

    /// <returns>What puts the child back.</returns>
    public Action Release(string name, long changeZxid)
    {
        var oldZxid = Pzxid;
        Children.Remove(name);
        Pzxid = changeZxid;
        return () =>
        {
            Children.Add(name);
            Pzxid = oldZxid;
        };
    }
}
