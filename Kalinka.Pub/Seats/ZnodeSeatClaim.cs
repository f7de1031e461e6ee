using System.Threading.Channels;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Seats;

/// <summary>
/// A seat that is held by its znode. While ZooKeeper is away a held seat stays held, but unconfirmed; it is lost only
/// when another holder's znode has been seen.
/// </summary>
internal sealed class ZnodeSeatClaim(
    SeatZnode znode,
    string brokerName,
    int number,
    ReconnectPatience patience,
    TimeProvider time,
    ILogger logger
) : SeatClaim(brokerName, number)
{
    private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromSeconds(2);

    private readonly Channel<bool> _look = Channel.CreateBounded<bool>(1);
    private readonly Lock _lock = new();

    // The following loop's.
    private string? _refusal;

    // Below, and the patience: under the lock.
    private bool _wanted;
    private bool _elsewhere;
    private long? _epoch;
    private TaskCompletionSource _confirmed = NewSignal();
    private CancellationTokenSource _lost = new();

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
        while (true)
        {
            Task confirmed;
            lock (_lock)
            {
                if (_epoch is not null)
                {
                    return _lost.Token;
                }

                _wanted = true;
                confirmed = _confirmed.Task;
            }

            Look();
            await confirmed.WaitAsync(cancellationToken);
        }
    }

    public override async Task MayConnectAsync(bool takenOver, CancellationToken cancellationToken)
    {
        if (takenOver)
        {
            Doubt();
        }

        Task confirmed;
        TimeSpan wait;
        lock (_lock)
        {
            confirmed = _confirmed.Task;
            wait = takenOver || confirmed.IsCompleted ? Timeout.InfiniteTimeSpan : patience.Next();
        }

        try
        {
            await confirmed.WaitAsync(wait, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Still unconfirmed, and nobody has objected: the broker decides.
        }
    }

    public override async Task ReleaseAsync()
    {
        long? held;
        lock (_lock)
        {
            _wanted = false;
            held = _epoch;
            LetGo();
        }

        if (held is { } epoch)
        {
            await DeleteAsync(epoch);
        }
    }

    /// <summary>Asks for a look at the znode. Any thread; returns at once.</summary>
    // A full channel is a look that is still to come.
    public void Look() => _look.Writer.TryWrite(true);

    /// <summary>Held as before, but unproved until the znode has been looked at again. Any thread.</summary>
    public void Doubt()
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

    /// <summary>Takes the seat whenever it is wanted and free, until cancelled.</summary>
    public async Task FollowAsync(CancellationToken stopping)
    {
        await foreach (var _ in _look.Reader.ReadAllAsync(stopping))
        {
            try
            {
                await TakeAsync(stopping);
                _refusal = null;
            }
            catch (ZooKeeperException exception)
            {
                // The next look tells; what is held stays held.
                Complain(exception);
            }
        }
    }

    private async Task TakeAsync(CancellationToken stopping)
    {
        lock (_lock)
        {
            if (!_wanted)
            {
                return;
            }
        }

        switch (await znode.TakeAsync(stopping))
        {
            case null:
                Look();
                break;
            case { Ours: false }:
                Lose();
                break;
            case { Epoch: var epoch } when !TryConfirm(epoch):
                // Given up while the create was on its way.
                await znode.DeleteAsync(epoch, stopping);
                break;
        }
    }

    private bool TryConfirm(long epoch)
    {
        lock (_lock)
        {
            if (!_wanted)
            {
                return false;
            }

            _elsewhere = false;
            patience.Reset();
            if (_epoch != epoch)
            {
                _epoch = epoch;
                TellEpoch(epoch);
            }

            _confirmed.TrySetResult();
            return true;
        }
    }

    private void Lose()
    {
        CancellationTokenSource? lost;
        lock (_lock)
        {
            _elsewhere = true;
            lost = LetGo();
        }

        // Outside the lock: whoever waits for it runs here.
        lost?.Cancel();
    }

    // Under the lock. Returns what tells the holder; null when nothing was held.
    private CancellationTokenSource? LetGo()
    {
        if (_epoch is null)
        {
            return null;
        }

        var lost = _lost;
        _epoch = null;
        _confirmed = NewSignal();
        _lost = new CancellationTokenSource();
        return lost;
    }

    private async Task DeleteAsync(long epoch)
    {
        using var patient = new CancellationTokenSource(ReleaseTimeout, time);
        try
        {
            await znode.DeleteAsync(epoch, patient.Token);
        }
        catch (Exception exception)
            when (exception is ZooKeeperException or OperationCanceledException or ObjectDisposedException)
        {
            // ZooKeeper is away: the znode goes with the session.
        }
    }

    // The same reason again and again is told once.
    private void Complain(ZooKeeperException exception)
    {
        if (!exception.IsTransient && _refusal != exception.Message)
        {
            _refusal = exception.Message;
            logger.LogWarning("{Broker}: seat {Seat}: {Reason}", BrokerName, Number, exception.Message);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
