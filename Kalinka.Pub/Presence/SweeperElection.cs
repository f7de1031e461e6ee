using System.Text;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Pub.Presence;

/// <summary>Who sweeps: the instance whose session owns the ephemeral znode <c>/presence/sweeper</c>.</summary>
internal sealed class SweeperElection(ZooKeeperClient client, string instance)
{
    private const string Path = "/presence/sweeper";

    /// <summary>Ours, or taken now because it was nobody's.</summary>
    public async Task<bool> IsElectedAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await client.ExistsAsync(Path, cancellationToken) is { } stat)
            {
                return stat.EphemeralOwner == client.SessionId;
            }

            await client.EnsurePathAsync(ZnodePath.Parent(Path)!, cancellationToken);
            var data = Encoding.UTF8.GetBytes(instance);
            await client.CreateAsync(Path, data, CreateMode.Ephemeral, null, cancellationToken);
            return true;
        }
        catch (ZooKeeperException exception) when (exception.IsTransient || exception.Code == KeeperCode.NodeExists)
        {
            return false;
        }
    }
}
