using System.Text;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Pub.Seats;

/// <summary>The ephemeral znode of one seat, <c>/seats/broker/n</c>: whose session owns it holds the seat.</summary>
internal sealed class SeatZnode(ZooKeeperClient client, string path, string instance)
{
    private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromSeconds(2);

    private readonly byte[] _instance = Encoding.UTF8.GetBytes(instance);

    public string Path => path;

    /// <summary>Whose it is; null when there is none.</summary>
    /// <exception cref="ZooKeeperException">Nothing is known then.</exception>
    public async Task<SeatOwner?> LookAsync(CancellationToken cancellationToken) =>
        await client.FindDataAsync(path, cancellationToken) is { } znode
            ? new SeatOwner(
                znode.Stat.EphemeralOwner == client.SessionId,
                znode.Stat.Czxid,
                Encoding.UTF8.GetString(znode.Data)
            )
            : null;

    /// <summary>
    /// Creates the znode. Look first: a create that fails is a write for the whole ensemble, and a znode of our session may
    /// be there already, by a create whose reply was lost.
    /// </summary>
    /// <returns>Null when another was first, or a parent was missing: look again.</returns>
    /// <exception cref="ZooKeeperException">Nothing is known then.</exception>
    public async Task<SeatOwner?> TryCreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            var created = await client.CreateAsync(path, _instance, CreateMode.Ephemeral, null, cancellationToken);
            return new SeatOwner(Ours: true, created.Stat.Czxid, instance);
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

    /// <summary><see cref="DeleteAsync"/> for whoever leaves: waits 2 s at most, and never throws.</summary>
    public async Task TryDeleteAsync(long epoch, TimeProvider time)
    {
        using var patient = new CancellationTokenSource(ReleaseTimeout, time);
        try
        {
            await DeleteAsync(epoch, patient.Token);
        }
        catch (Exception exception)
            when (exception is ZooKeeperException or OperationCanceledException or ObjectDisposedException)
        {
            // ZooKeeper is away: the znode goes with the session.
        }
    }
}

/// <param name="Ours">Our session created it.</param>
/// <param name="Epoch">Its creation zxid.</param>
/// <param name="Instance">Who it says it belongs to.</param>
internal readonly record struct SeatOwner(bool Ours, long Epoch, string Instance);
