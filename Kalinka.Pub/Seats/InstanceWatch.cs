using System.Threading.Channels;
using Kalinka.Common.Instances;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Seats;

/// <summary>Follows <c>/instances/kalinka-pub</c>: who is there, and what they say of themselves.</summary>
internal sealed class InstanceWatch(ZooKeeperClient client, TimeProvider time, ILogger logger)
{
    private const string Daemon = "kalinka-pub";

    // Again even when no event came, so that nothing depends on a single notification.
    private static readonly TimeSpan ReadAgain = TimeSpan.FromSeconds(5);

    private readonly Channel<bool> _read = Channel.CreateBounded<bool>(1);
    private volatile InstanceTable _table = InstanceTable.Empty;

    /// <summary>As read last; it stays while ZooKeeper is away.</summary>
    public InstanceTable Table => _table;

    /// <summary>Told after every reading. Return at once.</summary>
    public event Action? Read;

    /// <summary>Asks for a reading. Any thread; returns at once.</summary>
    public void ReadSoon() => _read.Writer.TryWrite(true);

    /// <summary>Follows until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = time.CreateTimer(_ => ReadSoon(), null, TimeSpan.Zero, ReadAgain);
        var watching = WatchAsync(stopping);
        await foreach (var _ in _read.Reader.ReadAllAsync(stopping))
        {
            await TryReadAsync(stopping);
        }

        await watching;
    }

    private async Task WatchAsync(CancellationToken stopping)
    {
        try
        {
            await TransientFailures.OutlastAsync(SetWatchAsync, time, stopping);
        }
        catch (ZooKeeperException exception)
        {
            logger.LogWarning("Instances cannot be watched, only looked at: {Reason}", exception.Message);
        }

        ReadSoon();
    }

    private async Task<bool> SetWatchAsync(CancellationToken stopping)
    {
        await client.AddWatchAsync(
            InstanceZnodes.RootOf(Daemon),
            AddWatchMode.PersistentRecursive,
            _ => ReadSoon(),
            stopping
        );
        return true;
    }

    private async Task TryReadAsync(CancellationToken stopping)
    {
        try
        {
            var read = await InstanceZnodes.ReadAsync(client, Daemon, stopping);
            _table = _table.Then(read, time.GetTimestamp());
            Read?.Invoke();
        }
        catch (ZooKeeperException)
        {
            // The next reading tells.
        }
    }
}
