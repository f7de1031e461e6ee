using System.Collections.Concurrent;
using System.Threading.Channels;
using Kalinka.Common.Resilience;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Seats;

/// <summary>
/// The seats of all brokers as ephemeral znodes, <c>/seats/broker/n</c>: who creates one holds the seat. Has a session
/// of its own, so that nothing else can delay its heartbeats.
/// </summary>
internal sealed class ZnodeSeats : IAsyncDisposable
{
    public const string Root = "/seats";

    // Looks at every seat even when no event came, so that nothing depends on a single notification.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    // Times of the rules run out without an event.
    private static readonly TimeSpan DecideAgain = TimeSpan.FromMilliseconds(200);

    private readonly ZooKeeperClient _client;
    private readonly string _instance;
    private readonly TimeSpan _sessionTimeout;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly InstanceWatch _instances;
    private readonly ForeignSeats _foreign;
    private readonly SeatPlanner _planner;
    private readonly RunningTasks _following = new();
    private readonly Channel<bool> _decide = Channel.CreateBounded<bool>(1);

    // By the path of the znode.
    private readonly ConcurrentDictionary<string, ZnodeSeatClaim> _claims = new();
    private readonly Lock _lock = new();

    // Under the lock.
    private CancellationToken? _stopping;
    private EnsembleContact _ensemble;
    private long _session;

    public ZnodeSeats(
        ZooKeeperClient client,
        string instance,
        TimeSpan sessionTimeout,
        TimeProvider time,
        ILogger<ZnodeSeats> logger
    )
    {
        (_client, _instance, _sessionTimeout, _time, _logger) = (client, instance, sessionTimeout, time, logger);
        _instances = new InstanceWatch(client, time, logger);
        _foreign = new ForeignSeats(client, seat => _claims.ContainsKey(PathOf(seat)));
        _planner = new SeatPlanner(instance, sessionTimeout, time);
        Tallies = new SeatTallies(last => last != instance && !_instances.Table.Seen.ContainsKey(last));
    }

    /// <summary>For what else belongs to this session: the instance's own znode.</summary>
    public ZooKeeperClient Client => _client;

    public KeeperState State => _client.State;

    /// <summary>Why the ensemble is not reached, with the server tried; null when nothing went wrong.</summary>
    public string? LastError => _client.LastError;

    /// <summary>This instance is among the live ones: it is counted on when seats are shared out.</summary>
    public bool IsShown => _instances.Table.Seen.ContainsKey(_instance);

    public SeatTallies Tallies { get; }

    /// <summary>The live instances as read last.</summary>
    public InstanceTable Instances => _instances.Table;

    /// <summary>One more seat. Any thread, before or while <see cref="RunAsync"/> runs; no two for one seat.</summary>
    public ZnodeSeatClaim Claim(string brokerName, int number)
    {
        var seat = new SeatId(brokerName, number);
        var znode = new SeatZnode(_client, PathOf(seat), _instance);
        var patience = new ReconnectPatience(_sessionTimeout);
        var claim = new ZnodeSeatClaim(znode, seat, patience, Tallies, _time, _logger);
        if (!_claims.TryAdd(znode.Path, claim))
        {
            throw new InvalidOperationException($"{znode.Path} is claimed already");
        }

        claim.Seen += DecideSoon;
        claim.Look();
        lock (_lock)
        {
            if (_stopping is { } stopping)
            {
                _following.Add(claim.FollowAsync(stopping));
            }
        }

        return claim;
    }

    /// <summary>The seat is none of ours any more; it has been released before. Any thread.</summary>
    public void Forget(ZnodeSeatClaim claim)
    {
        _claims.TryRemove(PathOf(claim.Seat), out _);
        claim.Seen -= DecideSoon;
        claim.Dispose();
    }

    /// <summary>The numbers of a broker's seats that anybody holds now.</summary>
    /// <exception cref="ZooKeeperException">Nothing is known then.</exception>
    public Task<IReadOnlyList<int>> HeldSeatsAsync(string brokerName, CancellationToken cancellationToken) =>
        _foreign.HeldSeatsAsync(brokerName, cancellationToken);

    /// <summary>Everything that is held is unproved until it has been looked at again. Any thread.</summary>
    public void DoubtAll()
    {
        foreach (var claim in _claims.Values)
        {
            claim.Doubt();
        }
    }

    /// <summary>Follows the ensemble until cancelled. Call it once.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        _client.StateChanged += OnStateChanged;
        _instances.Read += DecideSoon;
        Follow(stopping);
        _client.Start();
        try
        {
            await _following.RunAsync(stopping);
        }
        finally
        {
            _client.StateChanged -= OnStateChanged;
            _instances.Read -= DecideSoon;
        }
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private static string PathOf(SeatId seat) => $"{Root}/{seat}";

    private void Follow(CancellationToken stopping)
    {
        lock (_lock)
        {
            _stopping = stopping;
            foreach (var claim in _claims.Values)
            {
                _following.Add(claim.FollowAsync(stopping));
            }
        }

        _following.Add(_instances.RunAsync(stopping));
        _following.Add(WatchAsync(stopping));
        _following.Add(LookAgainAsync(stopping));
        _following.Add(DecideAsync(stopping));
    }

    // Looks that come before the watch is set are followed by another one after it.
    private async Task WatchAsync(CancellationToken stopping)
    {
        var watched = false;
        string? complaint = null;
        while (!watched)
        {
            try
            {
                await _client.AddWatchAsync(Root, AddWatchMode.PersistentRecursive, OnEvent, stopping);
                watched = true;
            }
            catch (ZooKeeperException exception)
            {
                // The same reason again and again is told once.
                if (complaint != exception.Message)
                {
                    complaint = exception.Message;
                    _logger.LogWarning("Seats cannot be watched, only looked at: {Reason}", complaint);
                }

                await Task.Delay(LookAgain, _time, stopping);
            }
        }

        LookAtAll();
    }

    private async Task LookAgainAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(LookAgain, _time);
        do
        {
            LookAtAll();
            await ReadForeignAsync(stopping);
        } while (await timer.WaitForNextTickAsync(stopping));
    }

    private async Task ReadForeignAsync(CancellationToken stopping)
    {
        try
        {
            await _foreign.ReadAsync(stopping);
        }
        catch (ZooKeeperException)
        {
            // What was read before stands until the next look.
        }
    }

    private async Task DecideAsync(CancellationToken stopping)
    {
        await using var timer = _time.CreateTimer(_ => DecideSoon(), null, DecideAgain, DecideAgain);
        await foreach (var _ in _decide.Reader.ReadAllAsync(stopping))
        {
            EnsembleContact ensemble;
            lock (_lock)
            {
                ensemble = _ensemble;
            }

            _planner.Tell([.. _claims.Values], _foreign.Holders, _instances.Table, ensemble);
        }
    }

    private void DecideSoon() => _decide.Writer.TryWrite(true);

    private void DecideSoon(ZnodeSeatClaim claim) => DecideSoon();

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
        lock (_lock)
        {
            var connected = state == KeeperState.Connected;
            var renewed = connected && _session != 0 && _session != _client.SessionId;
            _ensemble = new EnsembleContact(connected, _time.GetTimestamp(), renewed);
            _session = connected ? _client.SessionId : _session;
        }

        DoubtAll();
        _instances.ReadSoon();
        DecideSoon();
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
