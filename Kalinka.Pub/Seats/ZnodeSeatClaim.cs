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
    SeatId seat,
    ReconnectPatience patience,
    SeatTallies tallies,
    TimeProvider time,
    ILogger logger
) : SeatClaim(seat.Broker, seat.Number), IDisposable
{
    private readonly Channel<bool> _look = Channel.CreateBounded<bool>(1);
    private readonly Lock _lock = new();

    // The following loop's.
    private string? _refusal;

    // Below, and the patience: written under the lock.
    private Holding _holding;
    private volatile SeatSighting _sighting = SeatSighting.None;
    private SeatMove _move;

    private long _doubts;
    private TaskCompletionSource _confirmed = NewSignal();
    private CancellationTokenSource _lost = new();

    public SeatId Seat => seat;

    public Holding Holding
    {
        get
        {
            lock (_lock)
            {
                return _holding;
            }
        }
    }

    /// <summary>What was seen of the znode last.</summary>
    public SeatSighting Sighting => _sighting;

    /// <summary>Told after every look that found something else than the one before. Return at once.</summary>
    public event Action<ZnodeSeatClaim>? Seen;

    public override bool Held => Holding.Held;

    public override bool HeldElsewhere => Holding.Elsewhere;

    public override async Task<CancellationToken> AcquireAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task confirmed;
            lock (_lock)
            {
                if (_holding.Held)
                {
                    return _lost.Token;
                }

                _holding = _holding.Want();
                confirmed = _confirmed.Task;
            }

            Look();
            await confirmed.WaitAsync(cancellationToken);
        }
    }

    public override async Task MayConnectAsync(bool takenOver, CancellationToken cancellationToken)
    {
        // Whoever closed it, the znode tells whether the seat is still ours.
        Doubt();
        Task confirmed;
        TimeSpan wait;
        lock (_lock)
        {
            confirmed = _confirmed.Task;
            wait =
                _holding.Reconnect(takenOver) == ReconnectWhen.ConfirmedOrPatient
                    ? patience.Next()
                    : Timeout.InfiniteTimeSpan;
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
            held = _holding.Epoch;
            if (_holding.Yielding)
            {
                tallies.HandOver();
            }

            _move = SeatMove.Wait;
            Enter(_holding.Release());
        }

        if (held is { } epoch)
        {
            await znode.TryDeleteAsync(epoch, time);
        }

        Doubt();
    }

    /// <summary>Asks for a look at the znode. Any thread; returns at once.</summary>
    // A full channel is a look that is still to come.
    public void Look() => _look.Writer.TryWrite(true);

    /// <summary>Held as before, but unproved until the znode has been looked at again. Any thread.</summary>
    public void Doubt()
    {
        lock (_lock)
        {
            _doubts++;
            Enter(_holding.Doubt());
        }

        Look();
    }

    /// <summary>Does what the rules say. Any thread; returns at once.</summary>
    public void Heed(SeatMove move)
    {
        CancellationTokenSource? drained = null;
        lock (_lock)
        {
            var news = move != _move;
            _move = move;
            if (move == SeatMove.Yield && _holding is { Held: true, Yielding: false })
            {
                Enter(_holding.Yield());
                drained = _lost;
            }
            else if (!news || move != SeatMove.Take)
            {
                return;
            }
        }

        // Outside the lock: whoever waits for it runs here.
        drained?.Cancel();
        Look();
    }

    /// <summary>Looks whenever asked to, until cancelled or disposed of; creates the znode when it is to be ours.</summary>
    public async Task FollowAsync(CancellationToken stopping)
    {
        try
        {
            await foreach (var _ in _look.Reader.ReadAllAsync(stopping))
            {
                await TryFollowAsync(stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested) { }
    }

    /// <summary>Follows no more. After the release.</summary>
    public void Dispose() => _look.Writer.TryComplete();

    private async Task TryFollowAsync(CancellationToken stopping)
    {
        try
        {
            var asked = Interlocked.Read(ref _doubts);
            var owner = await znode.LookAsync(stopping);
            Hear(owner, asked);
            if (owner is null && ToBeTaken())
            {
                await TakeAsync(stopping);
            }

            _refusal = null;
        }
        catch (ZooKeeperException exception)
        {
            // The next look tells; what is held stays held.
            Complain(exception);
        }
    }

    private async Task TakeAsync(CancellationToken stopping)
    {
        var asked = Interlocked.Read(ref _doubts);
        if (await znode.TryCreateAsync(stopping) is not { } created)
        {
            Look();
        }
        else if (!Hear(created, asked))
        {
            // Given up while the create was on its way.
            await znode.DeleteAsync(created.Epoch, stopping);
        }
    }

    private bool ToBeTaken()
    {
        lock (_lock)
        {
            return _holding.Takes(_move);
        }
    }

    // A look that has been asked for since follows. Returns whether the seat is held now, or may be after that look.
    private bool Hear(SeatOwner? owner, long asked)
    {
        CancellationTokenSource? lost = null;
        bool news;
        bool held;
        lock (_lock)
        {
            if (_holding.Held && owner is { Ours: false })
            {
                lost = _lost;
            }

            // Before the sighting, which tells who had it last.
            Enter(_holding.Hear(owner, stale: asked != _doubts));
            var sighting = _sighting.Then(owner, time.GetTimestamp());
            news = sighting != _sighting;
            _sighting = sighting;
            held = _holding.Held || (asked != _doubts && _holding.Wanted);
        }

        // Outside the lock: whoever waits for it runs here.
        lost?.Cancel();
        if (news)
        {
            Seen?.Invoke(this);
        }

        return held;
    }

    // Under the lock: the signals follow what is believed.
    private void Enter(Holding next)
    {
        var last = _holding;
        _holding = next;
        if (last.Held && !next.Held)
        {
            _lost = new CancellationTokenSource();
        }

        if (next.Epoch is { } epoch && epoch != last.Epoch)
        {
            tallies.Take(last.Held ? null : _sighting.LastInstance);
            TellEpoch(epoch);
        }

        if (next.Confirmed)
        {
            patience.Reset();
            _confirmed.TrySetResult();
        }
        else if (_confirmed.Task.IsCompleted)
        {
            _confirmed = NewSignal();
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
