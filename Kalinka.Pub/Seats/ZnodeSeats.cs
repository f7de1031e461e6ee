using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Seats;

/// <summary>
/// The seats of all brokers as ephemeral znodes, <c>/seats/broker/n</c>: who creates one holds the seat. Has a session
/// of its own, so that nothing else can delay its heartbeats.
/// </summary>
internal sealed class ZnodeSeats(
    ZooKeeperClient client,
    string instance,
    TimeSpan sessionTimeout,
    TimeProvider time,
    ILogger<ZnodeSeats> logger
) : IAsyncDisposable
{
    private const string Root = "/seats";

    // Looks at every seat even when no event came, so that nothing depends on a single notification.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    // Complete before the seats are followed; by the path of the znode.
    private readonly Dictionary<string, ZnodeSeatClaim> _claims = [];

    /// <summary>For what else belongs to this session: the instance's own znode.</summary>
    public ZooKeeperClient Client => client;

    public KeeperState State => client.State;

    /// <summary>Why the ensemble is not reached, with the server tried; null when nothing went wrong.</summary>
    public string? LastError => client.LastError;

    /// <summary>Before <see cref="RunAsync"/>.</summary>
    public ZnodeSeatClaim Claim(string brokerName, int number)
    {
        var znode = new SeatZnode(client, $"{Root}/{brokerName}/{number}", instance);
        var patience = new ReconnectPatience(sessionTimeout);
        var claim = new ZnodeSeatClaim(znode, brokerName, number, patience, time, logger);
        _claims.Add(znode.Path, claim);
        return claim;
    }

    /// <summary>Follows the ensemble until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        client.StateChanged += OnStateChanged;
        client.Start();
        try
        {
            await Task.WhenAll([
                WatchAsync(stopping),
                LookAgainAsync(stopping),
                .. _claims.Values.Select(claim => claim.FollowAsync(stopping)),
            ]);
        }
        finally
        {
            client.StateChanged -= OnStateChanged;
        }
    }

    public ValueTask DisposeAsync() => client.DisposeAsync();

    // Looks that come before the watch is set are followed by another one after it.
    private async Task WatchAsync(CancellationToken stopping)
    {
        var watched = false;
        while (!watched)
        {
            try
            {
                await client.AddWatchAsync(Root, AddWatchMode.PersistentRecursive, OnEvent, stopping);
                watched = true;
            }
            catch (ZooKeeperException exception)
            {
                logger.LogWarning("Seats cannot be watched, only looked at: {Reason}", exception.Message);
                await Task.Delay(LookAgain, time, stopping);
            }
        }

        LookAtAll();
    }

    private async Task LookAgainAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(LookAgain, time);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            LookAtAll();
        }
    }

    private void LookAtAll()
    {
        foreach (var claim in _claims.Values)
        {
            claim.Look();
        }
    }

    // On the client's thread.
    private void OnStateChanged(KeeperState state)
    {
        foreach (var claim in _claims.Values)
        {
            claim.Doubt();
        }
    }

    // On the client's thread.
    private void OnEvent(WatchedEvent change)
    {
        if (_claims.TryGetValue(change.Path, out var claim))
        {
            claim.Look();
        }
    }
}
