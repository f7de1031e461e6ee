namespace Kalinka.Common.ZooKeeper;

/// <summary>A request that the ensemble refused, or that got no reply.</summary>
public sealed class ZooKeeperException : IOException
{
    public ZooKeeperException(KeeperCode code, string? path, string? detail = null)
        : base(Describe(code, path, detail))
    {
        Code = code;
        Path = path;
    }

    public KeeperCode Code { get; }

    /// <summary>The znode in question, below the chroot; null where there is none.</summary>
    public string? Path { get; }

    /// <summary>The same request may succeed when it is made again: the connection or the session went, or the server was busy.</summary>
    public bool IsTransient =>
        Code
            is KeeperCode.ConnectionLoss
                or KeeperCode.SessionExpired
                or KeeperCode.SessionMoved
                or KeeperCode.OperationTimeout
                or KeeperCode.RequestTimeout
                or KeeperCode.ThrottledOp;

    private static string Describe(KeeperCode code, string? path, string? detail) =>
        $"ZooKeeper: {code}{(path is null ? "" : $" for {path}")}{(detail is null ? "" : $" ({detail})")}";
}
