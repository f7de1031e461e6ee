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

    private readonly List<ZnodeSeatClaim> _claims = [];

    public KeeperState State => client.State;

    /// <summary>Why the ensemble is not reached, with the server tried; null when nothing went wrong.</summary>
    public string? LastError => client.LastError;

    public string Server => client.Server;

    /// <summary>Before <see cref="RunAsync"/>.</summary>
    public ZnodeSeatClaim Claim(string brokerName, int number)
    {
        var claim = new ZnodeSeatClaim(client, $"{Root}/{brokerName}/{number}", instance, brokerName, number)
        {
            Patience = new ReconnectPatience(sessionTimeout, time),
        };
        _claims.Add(claim);
        return claim;
    }

    /// <summary>Follows the ensemble until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        client.StateChanged += OnStateChanged;
        client.Start();
        try
        {
            await PrepareAsync(stopping);
            await Task.WhenAll(_claims.Select(claim => claim.FollowAsync(LookAgain, time, logger, stopping)));
        }
        finally
        {
            client.StateChanged -= OnStateChanged;
        }
    }

    public ValueTask DisposeAsync() => client.DisposeAsync();

    private async Task PrepareAsync(CancellationToken stopping)
    {
        foreach (var broker in _claims.Select(claim => claim.BrokerName).Distinct())
        {
            await RepeatAsync(() => client.EnsurePathAsync($"{Root}/{broker}", stopping), stopping);
        }

        await RepeatAsync(
            () => client.AddWatchAsync(Root, AddWatchMode.PersistentRecursive, OnEvent, stopping),
            stopping
        );
    }

    // The ensemble may go away at any moment of the preparation.
    private async Task RepeatAsync(Func<Task> step, CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                await step();
                return;
            }
            catch (ZooKeeperException exception)
            {
                logger.LogWarning("Seats wait for ZooKeeper: {Reason}", exception.Message);
                await Task.Delay(LookAgain, time, stopping);
            }
        }
    }

    private void OnStateChanged(KeeperState state)
    {
        foreach (var claim in _claims)
        {
            claim.OnStateChanged(state);
        }
    }

    private void OnEvent(WatchedEvent change)
    {
        foreach (var claim in _claims)
        {
            claim.OnEvent(change);
        }
    }
}
