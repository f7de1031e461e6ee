using System.Text;
using System.Threading.Channels;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Seats;

/// <summary>
/// One seat as an ephemeral znode. While ZooKeeper is away a held seat stays held, but unconfirmed; it is lost only
/// when another holder's znode has been seen.
/// </summary>
internal sealed class ZnodeSeatClaim(
    ZooKeeperClient client,
    string path,
    string instance,
    string brokerName,
    int number
) : SeatClaim(brokerName, number)
{
    private readonly byte[] _instance = Encoding.UTF8.GetBytes(instance);
    private readonly Channel<bool> _look = Channel.CreateBounded<bool>(1);
    private readonly Lock _lock = new();

    // Below: under the lock.
    private bool _wanted;
    private bool _elsewhere;
    private long? _epoch;
    private TaskCompletionSource _confirmed = NewSignal();
    private CancellationTokenSource _lost = new();

    public required ReconnectPatience Patience { get; init; }

    public override bool Held
    {
        get
        {
            lock (_lock)
            {
                return _epoch is not null;
            }
        }
    }

    public override bool HeldElsewhere
    {
        get
        {
            lock (_lock)
            {
                return _elsewhere;
            }
        }
    }

    public override async Task<CancellationToken> AcquireAsync(CancellationToken cancellationToken)
    {
        Task confirmed;
        lock (_lock)
        {
            _wanted = true;
            confirmed = _confirmed.Task;
        }

        Look();
        await confirmed.WaitAsync(cancellationToken);
        lock (_lock)
        {
            return _lost.Token;
        }
    }

    public override async Task MayConnectAsync(bool takenOver, CancellationToken cancellationToken)
    {
        if (takenOver)
        {
            Doubt();
        }

        Task confirmed;
        lock (_lock)
        {
            confirmed = _confirmed.Task;
        }

        if (takenOver)
        {
            await confirmed.WaitAsync(cancellationToken);
        }
        else if (!confirmed.IsCompletedSuccessfully)
        {
            await Patience.WaitAsync(confirmed, cancellationToken);
        }
    }

    public override async Task ReleaseAsync()
    {
        lock (_lock)
        {
            _wanted = false;
            if (_epoch is null)
            {
                return;
            }

            _epoch = null;
            _confirmed = NewSignal();
        }

        try
        {
            if (client.State == KeeperState.Connected)
            {
                await client.DeleteAsync(path, -1);
            }
        }
        catch (ZooKeeperException)
        {
            // It goes with the session.
        }
    }

    /// <summary>Takes the seat whenever it is wanted and free, until cancelled.</summary>
    public async Task FollowAsync(TimeSpan lookAgain, TimeProvider time, ILogger logger, CancellationToken stopping)
    {
        while (true)
        {
            await WaitAsync(lookAgain, time, stopping);
            try
            {
                await TryTakeAsync(stopping);
            }
            catch (ZooKeeperException exception) when (exception.IsTransient)
            {
                // The next look tells; what is held stays held.
            }
            catch (ZooKeeperException exception)
            {
                logger.LogWarning("{Broker}: seat {Seat}: {Reason}", BrokerName, Number, exception.Message);
            }
        }
    }

    /// <summary>On the client's thread.</summary>
    public void OnStateChanged(KeeperState state)
    {
        if (state == KeeperState.Connected)
        {
            Look();
        }
        else
        {
            Doubt();
        }
    }

    /// <summary>On the client's thread.</summary>
    public void OnEvent(WatchedEvent change)
    {
        if (change.Path == path)
        {
            Look();
        }
    }

    private async Task WaitAsync(TimeSpan lookAgain, TimeProvider time, CancellationToken stopping)
    {
        using var timer = new CancellationTokenSource(lookAgain, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, timer.Token);
        try
        {
            await _look.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // Time to look.
        }
    }

    private async Task TryTakeAsync(CancellationToken stopping)
    {
        lock (_lock)
        {
            if (!_wanted)
            {
                return;
            }
        }

        try
        {
            var created = await client.CreateAsync(path, _instance, CreateMode.Ephemeral, null, stopping);
            Confirm(created.Stat.Czxid);
        }
        catch (ZooKeeperException exception) when (exception.Code == KeeperCode.NodeExists)
        {
            await CompareOwnerAsync(stopping);
        }
        catch (ZooKeeperException exception) when (exception.Code == KeeperCode.NoNode)
        {
            await client.EnsurePathAsync(path[..path.LastIndexOf('/')], stopping);
            Look();
        }
    }

    // After a lost reply the znode may be our own.
    private async Task CompareOwnerAsync(CancellationToken stopping)
    {
        if (await client.ExistsAsync(path, stopping) is not { } stat)
        {
            Look();
        }
        else if (stat.EphemeralOwner == client.SessionId)
        {
            Confirm(stat.Czxid);
        }
        else
        {
            Lose();
        }
    }

    private void Confirm(long epoch)
    {
        lock (_lock)
        {
            if (!_wanted)
            {
                return;
            }

            _elsewhere = false;
            Patience.Reset();
            if (_epoch != epoch)
            {
                _epoch = epoch;
                TellEpoch(epoch);
            }

            _confirmed.TrySetResult();
        }
    }

    private void Lose()
    {
        CancellationTokenSource? lost = null;
        lock (_lock)
        {
            _elsewhere = true;
            if (_epoch is not null)
            {
                _epoch = null;
                _confirmed = NewSignal();
                lost = _lost;
                _lost = new CancellationTokenSource();
            }
        }

        // Outside the lock: whoever waits for it runs here.
        lost?.Cancel();
    }

    // Held as before, but from now on unproved.
    private void Doubt()
    {
        lock (_lock)
        {
            if (_confirmed.Task.IsCompleted)
            {
                _confirmed = NewSignal();
            }
        }

        Look();
    }

    // A full channel is a look that is still to come.
    private void Look() => _look.Writer.TryWrite(true);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
