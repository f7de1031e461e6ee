using Kalinka.Common.ZooKeeper;

namespace Kalinka.Common.Instances;

/// <summary>The live instances of a daemon, as they show themselves in ZooKeeper.</summary>
public static class InstanceZnodes
{
    /// <param name="daemon"><c>kalinka-pub</c> or <c>kalinka-sub</c>.</param>
    /// <exception cref="ZooKeeperException">The ensemble refused it, or was lost meanwhile.</exception>
    public static async Task<IReadOnlyList<ShownInstance>> ReadAsync(
        ZooKeeperClient client,
        string daemon,
        CancellationToken cancellationToken
    )
    {
        var root = RootOf(daemon);
        var names = await NamesAsync(client, root, cancellationToken);
        var read = await Task.WhenAll(names.Order(StringComparer.Ordinal).Select(ReadAsync));
        return [.. read.OfType<ShownInstance>()];

        async Task<ShownInstance?> ReadAsync(string name) =>
            await client.FindDataAsync($"{root}/{name}", cancellationToken) is { } znode
                ? new ShownInstance(name, znode.Stat.Czxid, InstanceReport.TryParse(znode.Data))
                : null;
    }

    /// <summary>Where the znodes of a daemon's instances are, below the chroot.</summary>
    public static string RootOf(string daemon) => $"/instances/{daemon}";

    private static async Task<string[]> NamesAsync(
        ZooKeeperClient client,
        string root,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await client.GetChildrenAsync(root, cancellationToken);
        }
        catch (ZooKeeperException exception) when (exception.Code == KeeperCode.NoNode)
        {
            return [];
        }
    }
}

/// <param name="Incarnation">Its znode's creation zxid.</param>
/// <param name="Report">Null: unreadable.</param>
public readonly record struct ShownInstance(string Name, long Incarnation, InstanceReport? Report);
