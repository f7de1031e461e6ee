using System.Threading.Channels;
using Kalinka.Common.Instances;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Seats;

/// <summary>Follows <c>/instances/kalinka-pub</c>: who is there, and what they say of themselves.</summary>
internal sealed class InstanceWatch(ZooKeeperClient client, TimeProvider time, ILogger logger)
{
    private const string Root = "/instances/kalinka-pub";

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
        await client.AddWatchAsync(Root, AddWatchMode.PersistentRecursive, _ => ReadSoon(), stopping);
        return true;
    }

    private async Task TryReadAsync(CancellationToken stopping)
    {
        try
        {
            var names = await ChildrenAsync(stopping);
            var read = await Task.WhenAll(names.Select(name => ReadAsync(name, stopping)));
            _table = _table.Then(read.OfType<ReadInstance>(), time.GetTimestamp());
            Read?.Invoke();
        }
        catch (ZooKeeperException)
        {
            // The next reading tells.
        }
    }

    private async Task<string[]> ChildrenAsync(CancellationToken stopping)
    {
        try
        {
            return await client.GetChildrenAsync(Root, stopping);
        }
        catch (ZooKeeperException exception) when (exception.Code == KeeperCode.NoNode)
        {
            return [];
        }
    }

    private async Task<ReadInstance?> ReadAsync(string name, CancellationToken stopping) =>
        await client.FindDataAsync($"{Root}/{name}", stopping) is { } znode
            ? new ReadInstance(name, znode.Stat.Czxid, InstanceReport.TryParse(znode.Data))
            : null;
}
