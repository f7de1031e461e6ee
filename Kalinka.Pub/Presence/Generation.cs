using System.Text;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Presence;

/// <summary>
/// The ensemble's generation, the random id in <c>/generation</c>: another one, or none, means that the ensemble was wiped or
/// restored, and that what was written there is gone. Whoever restores an older state deletes the znode.
/// </summary>
internal sealed class Generation(ZooKeeperClient client, TimeProvider time, ILogger<Generation> logger)
{
    private const string Path = "/generation";

    // Looks even when no event came: an ensemble that was wiped has no watches.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    private string? _known;
    private string? _complaint;

    /// <summary>The id that is known; null before the first look.</summary>
    public string? Known => _known;

    /// <summary>Follows it, until cancelled.</summary>
    /// <param name="changed">Called when it is another one than before.</param>
    /// <param name="stopping">Ends it.</param>
    public async Task RunAsync(Action changed, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(LookAgain, time);
        do
        {
            try
            {
                await LookAsync(changed, stopping);
            }
            catch (ZooKeeperException exception) when (exception.IsTransient)
            {
                // The next look is soon.
            }
            catch (ZooKeeperException exception)
            {
                Complain(exception.Message);
            }
        } while (await timer.WaitForNextTickAsync(stopping));
    }

    // The same reason again and again is told once.
    private void Complain(string reason)
    {
        if (_complaint != reason)
        {
            _complaint = reason;
            logger.LogWarning("{Path} cannot be read: {Reason}", Path, reason);
        }
    }

    private async Task LookAsync(Action changed, CancellationToken stopping)
    {
        var found = await client.FindDataAsync(Path, stopping) is { } znode
            ? Encoding.UTF8.GetString(znode.Data)
            : await CreateAsync(stopping);
        if (found == _known)
        {
            return;
        }

        if (_known is not null)
        {
            logger.LogWarning("The ensemble was wiped or restored: every client is written again");
            changed();
        }

        _known = found;
    }

    private async Task<string> CreateAsync(CancellationToken stopping)
    {
        var id = Guid.NewGuid().ToString("N");
        try
        {
            await client.CreateAsync(Path, Encoding.UTF8.GetBytes(id), CreateMode.Persistent, null, stopping);
            return id;
        }
        catch (ZooKeeperException exception) when (exception.Code == KeeperCode.NodeExists)
        {
            return Encoding.UTF8.GetString((await client.GetDataAsync(Path, stopping)).Data);
        }
    }
}
