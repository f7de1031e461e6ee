using System.Text;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Pub.Seats;

/// <summary>The ephemeral znode of one seat, <c>/seats/broker/n</c>: whose session owns it holds the seat.</summary>
internal sealed class SeatZnode(ZooKeeperClient client, string path, string instance)
{
    private readonly byte[] _instance = Encoding.UTF8.GetBytes(instance);

    public string Path => path;

    /// <summary>
    /// Creates the znode when there is none, and says whose it is then. Looking comes first, because a create that fails
    /// is a write for the whole ensemble; it also finds the znode of a create whose reply was lost.
    /// </summary>
    /// <returns>Null when others came and went meanwhile: look again.</returns>
    /// <exception cref="ZooKeeperException">Nothing is known then.</exception>
    public async Task<SeatOwner?> TakeAsync(CancellationToken cancellationToken)
    {
        var stat = await client.ExistsAsync(path, cancellationToken) ?? await TryCreateAsync(cancellationToken);
        return stat is { } found ? new SeatOwner(found.EphemeralOwner == client.SessionId, found.Czxid) : null;
    }

    /// <summary>Deletes the znode if it is the one of this holding, and not another's in the same place.</summary>
    /// <param name="epoch">Its creation zxid.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ZooKeeperException">It is still there, or not; it goes with the session.</exception>
    public async Task DeleteAsync(long epoch, CancellationToken cancellationToken)
    {
        if (await client.ExistsAsync(path, cancellationToken) is { } stat && stat.Czxid == epoch)
        {
            await client.DeleteAsync(path, version: -1, cancellationToken);
        }
    }

    private async Task<Stat?> TryCreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            var created = await client.CreateAsync(path, _instance, CreateMode.Ephemeral, null, cancellationToken);
            return created.Stat;
        }
        catch (ZooKeeperException exception) when (exception.Code == KeeperCode.NodeExists)
        {
            return null;
        }
        catch (ZooKeeperException exception) when (exception.Code == KeeperCode.NoNode)
        {
            await client.EnsurePathAsync(ZnodePath.Parent(path)!, cancellationToken);
            return null;
        }
    }
}

/// <param name="Ours">Our session created it.</param>
/// <param name="Epoch">Its creation zxid.</param>
internal readonly record struct SeatOwner(bool Ours, long Epoch);
