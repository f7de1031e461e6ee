using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Common.Directory;

/// <summary>Reads all client znodes, shard by shard, some hundreds of them at a time in flight.</summary>
internal sealed class LocationScan(
    ZooKeeperClient client,
    ZooKeeperOptions options,
    ClientPath paths,
    LocationData data,
    TimeProvider time
)
{
    private const int Piece = 500;

    public async IAsyncEnumerable<IReadOnlyList<LocationEntry>> EntriesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        foreach (var parent in Parents())
        {
            foreach (var names in (await ChildrenAsync(parent, cancellationToken)).Chunk(Piece))
            {
                var read = await Task.WhenAll(names.Select(name => ReadAsync(parent, name, cancellationToken)));
                LocationEntry[] entries = [.. read.OfType<LocationEntry>()];
                if (entries.Length > 0)
                {
                    yield return entries;
                }
            }
        }
    }

    /// <summary>How many client znodes there are, by what ZooKeeper counts.</summary>
    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        var stats = await Task.WhenAll(
            Parents()
                .Select(parent =>
                    TransientFailures.OutlastAsync(token => client.ExistsAsync(parent, token), time, cancellationToken)
                )
        );
        return stats.Sum(stat => (long)(stat?.NumChildren ?? 0));
    }

    private IEnumerable<string> Parents()
    {
        var root = options.ClientsPath;
        if (!options.Shards)
        {
            return [root];
        }

        var prefix = root == "/" ? "/" : root + "/";
        return Enumerable
            .Range(0, 256)
            .Select(shard => string.Create(CultureInfo.InvariantCulture, $"{prefix}{shard:x2}"));
    }

    private async Task<string[]> ChildrenAsync(string parent, CancellationToken cancellationToken)
    {
        try
        {
            return await TransientFailures.OutlastAsync(
                token => client.GetChildrenAsync(parent, token),
                time,
                cancellationToken
            );
        }
        catch (ZooKeeperException e) when (e.Code == KeeperCode.NoNode)
        {
            return [];
        }
    }

    /// <summary>Null for a znode that is no client's, or is gone again.</summary>
    private async Task<LocationEntry?> ReadAsync(string parent, string name, CancellationToken cancellationToken)
    {
        var path = parent == "/" ? parent + name : $"{parent}/{name}";
        if (paths.ClientOf(path) is not { } text)
        {
            return null;
        }

        // A name that is spelt in another way than ours stands for nobody: no look-up comes there.
        var clientId = Encoding.UTF8.GetBytes(text);
        if (!paths.TryMap(clientId, out var own, out _) || own != path)
        {
            return null;
        }

        var znode = await TransientFailures.OutlastAsync(
            token => client.FindDataAsync(path, token),
            time,
            cancellationToken
        );
        return znode is { } found ? new LocationEntry(clientId, data.Read(found.Data, found.Stat.Version)) : null;
    }
}
