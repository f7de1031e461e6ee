namespace Kalinka.Common.ZooKeeper;

/// <summary>One operation of a multi: all of them are carried out, or none.</summary>
public abstract record Op(string Path)
{
    public static Op Create(string path, byte[] data, CreateMode mode = CreateMode.Persistent) =>
        new CreateOp(path, data, mode);

    /// <param name="path">The znode.</param>
    /// <param name="version">-1 for any.</param>
    public static Op Delete(string path, int version = -1) => new DeleteOp(path, version);

    /// <param name="path">The znode.</param>
    /// <param name="data">Its new data.</param>
    /// <param name="version">-1 for any.</param>
    public static Op SetData(string path, byte[] data, int version = -1) => new SetDataOp(path, data, version);

    /// <summary>Holds when the znode has this version.</summary>
    public static Op Check(string path, int version) => new CheckOp(path, version);

    internal sealed record CreateOp(string Path, byte[] Data, CreateMode Mode) : Op(Path);

    internal sealed record DeleteOp(string Path, int Version) : Op(Path);

    internal sealed record SetDataOp(string Path, byte[] Data, int Version) : Op(Path);

    internal sealed record CheckOp(string Path, int Version) : Op(Path);
}

/// <param name="Path">Of a create.</param>
/// <param name="Stat">Of a setData; a multi does not tell those of creates.</param>
public readonly record struct OpResult(KeeperCode Code, string? Path, Stat Stat);

/// <param name="Results">One for each operation, in order. In a failed multi the operations before the failed one say Ok, though nothing was done.</param>
public sealed record MultiResult(IReadOnlyList<OpResult> Results)
{
    /// <summary>Ok when everything was carried out; else the code of the operation that failed, and nothing was.</summary>
    public KeeperCode Code { get; } = Failure(Results);

    public bool Succeeded => Code == KeeperCode.Ok;

    private static KeeperCode Failure(IReadOnlyList<OpResult> results)
    {
        foreach (var result in results)
        {
            if (result.Code != KeeperCode.Ok)
            {
                return result.Code;
            }
        }

        return KeeperCode.Ok;
    }
}
