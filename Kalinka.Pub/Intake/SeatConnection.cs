using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Intake;

/// <summary>
/// The receiving end of one connection. What arrives too early is kept back: before every filter is subscribed, because
/// a message that blocked the receive thread would also block the SUBACK behind it, and filters not yet subscribed lose
/// messages; and before every record of the last connection has been reported. What there is no room for then is not
/// kept at all: the connection is <see cref="Incomplete"/>, and the broker must send everything again on another.
/// </summary>
internal sealed class SeatConnection(IArrivals arrivals, SeatObservers observers, MalformedPublishes malformed)
    : IMqttConnectionHandler
{
    /// <summary>Bytes that are kept back even when the budget is spent, so that waiting for Kafka costs no connection.</summary>
    public const int KeptRegardless = 1 << 20;

    // Held while messages are handed over, which may take long: that keeps their order.
    private readonly Lock _passing = new();

    // Held for an instant: whether messages pass at all is decided once.
    private readonly Lock _deciding = new();

    // Below: written under _passing.
    private readonly Queue<HeldPublish> _held = new();
    private int _heldBytes;
    private volatile bool _flowing;
    private volatile bool _incomplete;

    // Below: written under _deciding.
    private IMqttConnection? _connection;
    private bool _opened;
    private bool _ended;
    private bool _closed;

    /// <summary>More came too early than there was room for: nothing of this connection may be passed on.</summary>
    public bool Incomplete => _incomplete;

    public void OnConnected(IMqttConnection connection)
    {
        lock (_deciding)
        {
            _connection = connection;
            if (!_closed)
            {
                return;
            }
        }

        // Dropped while it was being made.
        _ = connection.DisposeAsync().AsTask();
    }

    public void OnPublish(in IncomingPublish publish)
    {
        if (_flowing || !KeepBack(publish))
        {
            arrivals.OnPublish(publish);
        }
    }

    public bool AcceptsMalformed(ReadOnlySpan<byte> body) => malformed.Accepts(body);

    public void OnPublishOutcome(long token, PublishOutcome outcome, MqttReasonCode reason) =>
        observers.OnPublishOutcome(token, outcome, reason);

    /// <summary>
    /// Hands over what was kept back, in order, and lets the rest through; once the last connection is settled. Returns
    /// at once; when something was kept, a thread of its own hands it over, because it may have to wait for room.
    /// </summary>
    /// <returns>Completes when it has been handed over, or nobody takes it any more.</returns>
    public Task FlowAsync()
    {
        // Never waited for here: who passes messages on may hold it for as long as Kafka is away.
        if (_passing.TryEnter())
        {
            try
            {
                if (_held.Count == 0)
                {
                    HandOver();
                    return Task.CompletedTask;
                }
            }
            finally
            {
                _passing.Exit();
            }
        }

        return Task.Factory.StartNew(
            HandOver,
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
    }

    /// <summary>Nothing that has not been handed over yet will be. Any thread; does not wait.</summary>
    /// <returns>Whether messages of this connection have been let through at all.</returns>
    public bool End()
    {
        lock (_deciding)
        {
            _ended = true;
            return _opened;
        }
    }

    /// <summary>Nothing of this connection is passed on or acknowledged any more. Any thread; does not wait.</summary>
    public void Close()
    {
        lock (_deciding)
        {
            _ended = true;
            if (!_closed)
            {
                _closed = true;
                arrivals.Close();
            }
        }
    }

    /// <summary>
    /// <see cref="Close"/>, and ends the connection at once, without a word: what it brought must come again. One that is
    /// still being made is ended when it is there. Any thread; does not wait.
    /// </summary>
    public void Drop()
    {
        IMqttConnection? dropped;
        lock (_deciding)
        {
            dropped = _closed ? null : _connection;
            Close();
        }

        _ = dropped?.DisposeAsync().AsTask();
    }

    /// <summary>Forgets what was kept back; after the last call of the connection.</summary>
    public void Forget()
    {
        lock (_passing)
        {
            while (TryTakeHeld() is not null) { }
        }
    }

    // False: it may pass.
    private bool KeepBack(in IncomingPublish publish)
    {
        lock (_passing)
        {
            if (_flowing)
            {
                return false;
            }

            if (_incomplete || TryHold(publish) || publish.Qos == 0)
            {
                return true;
            }

            if (arrivals.WhenSettledAsync().IsCompleted)
            {
                // It waits for room like any other then, and the SUBACK with it.
                HandOver();
                return !_flowing;
            }

            _incomplete = true;
            Forget();
            return true;
        }
    }

    private bool TryHold(in IncomingPublish publish)
    {
        var size = HeldPublish.SizeOf(publish);
        if (!arrivals.TryKeepBack(publish.Qos, size, regardless: _heldBytes + size <= KeptRegardless))
        {
            return false;
        }

        _held.Enqueue(new HeldPublish(publish));
        _heldBytes += size;
        return true;
    }

    private void HandOver()
    {
        lock (_passing)
        {
            if (!TryOpen())
            {
                return;
            }

            while (TryTakeHeld() is { } held)
            {
                arrivals.OnPublish(held.Publish);
            }

            _flowing = true;
        }
    }

    private bool TryOpen()
    {
        lock (_deciding)
        {
            if (!_opened && !_ended && !_incomplete)
            {
                arrivals.Open(_connection!);
                _opened = true;
            }

            return _opened;
        }
    }

    private HeldPublish? TryTakeHeld()
    {
        if (_held.TryDequeue(out var held))
        {
            _heldBytes -= held.Size;
            arrivals.GiveBack(held.Size);
        }

        return held;
    }
}
