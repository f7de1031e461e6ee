using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Instances;

/// <summary>
/// Shows this instance to the others as the ephemeral znode <c>/instances/daemon/id</c>, and keeps what it says up to
/// date. It goes with the session.
/// </summary>
/// <param name="client">Started and closed by its owner.</param>
/// <param name="daemon"><c>kalinka-pub</c> or <c>kalinka-sub</c>.</param>
/// <param name="instance">The instance's name, which no other of this daemon should have.</param>
/// <param name="sessionTimeout">How long the znode of one that died may outlive it.</param>
/// <param name="report">What is told. Any thread; cheap.</param>
public sealed class InstanceZnode(
    ZooKeeperClient client,
    string daemon,
    string instance,
    TimeSpan sessionTimeout,
    Func<InstanceReport> report,
    TimeProvider time,
    ILogger<InstanceZnode> logger
)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(1);

    private readonly string _parent = InstanceZnodes.RootOf(daemon);
    private readonly string _path = $"{InstanceZnodes.RootOf(daemon)}/{instance}";

    private readonly CancellationTokenSource _leaving = new();
    private Task _running = Task.CompletedTask;
    private byte[] _told = [];
    private long _namesake;
    private long _namesakeSince;
    private string? _complaint;

    /// <summary>Follows the session and the report until cancelled or left, then returns. Call it once.</summary>
    public Task RunAsync(CancellationToken stopping) => _running = FollowAsync(stopping);

    /// <summary>
    /// Takes the znode away: whoever shares work out leaves this instance out from here on. Waits 1 s at most, and never
    /// throws; while the ensemble is away the znode goes with the session.
    /// </summary>
    public async Task LeaveAsync()
    {
        await _leaving.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (client.State != KeeperState.Connected)
        {
            return;
        }

        using var patience = new CancellationTokenSource(LeaveTimeout, time);
        try
        {
            if (await client.ExistsAsync(_path, patience.Token) is { } stat && stat.EphemeralOwner == client.SessionId)
            {
                await client.DeleteAsync(_path, -1, patience.Token);
            }
        }
        catch (Exception exception)
            when (exception is ZooKeeperException or OperationCanceledException or ObjectDisposedException)
        {
            // It goes with the session.
        }
    }

    private async Task FollowAsync(CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping, _leaving.Token);
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                await TellAsync(ending.Token);
            } while (await timer.WaitForNextTickAsync(ending.Token));
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested) { }
    }

    private async Task TellAsync(CancellationToken stopping)
    {
        if (client.State != KeeperState.Connected)
        {
            return;
        }

        try
        {
            await UpdateAsync(report().ToJson(), stopping);
        }
        catch (ZooKeeperException exception)
        {
            // The next look begins with what is there then. Only what it cannot mend is worth a word, once.
            if (!exception.IsTransient && exception.Code is not (KeeperCode.NodeExists or KeeperCode.NoNode))
            {
                Complain(exception.Message);
            }
        }
    }

    private async Task UpdateAsync(byte[] json, CancellationToken stopping)
    {
        if (await client.ExistsAsync(_path, stopping) is not { } stat)
        {
            await client.EnsurePathAsync(_parent, stopping);
            await client.CreateAsync(_path, json, CreateMode.Ephemeral, null, stopping);
            _told = json;
        }
        else if (stat.EphemeralOwner != client.SessionId)
        {
            Meet(stat.EphemeralOwner);
        }
        else if (!json.AsSpan().SequenceEqual(_told))
        {
            await client.SetDataAsync(_path, json, -1, stopping);
            _told = json;
        }
    }

    // The znode of a predecessor goes with its session; one that stays belongs to somebody who is alive.
    private void Meet(long owner)
    {
        if (owner != _namesake)
        {
            (_namesake, _namesakeSince) = (owner, time.GetTimestamp());
        }
        else if (time.GetElapsedTime(_namesakeSince) > 2 * sessionTimeout)
        {
            Complain("another instance has this name; each needs its own, or they take each other's connections away");
        }
    }

    private void Complain(string reason)
    {
        if (reason != _complaint)
        {
            _complaint = reason;
            logger.LogError("Instance {Instance} cannot be shown at {Path}: {Reason}", instance, _path, reason);
        }
    }
}
