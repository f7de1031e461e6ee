using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Intake;

/// <summary>
/// The receiving end of one connection. What arrives before every filter is subscribed is held back: a message that
/// blocked the receive thread would also block the SUBACK behind it, and filters not yet subscribed lose messages.
/// </summary>
internal sealed class SeatConnection(IArrivals arrivals) : IMqttConnectionHandler
{
    /// <summary>
    /// Bytes that are held at most. A broker that has more to send again before the last SUBACK is let through at once:
    /// then it waits for room like any other, and the SUBACK with it.
    /// </summary>
    public const int HoldAtMost = 1 << 20;

    private readonly Lock _lock = new();

    // Below: written under the lock.
    private readonly Queue<HeldPublish> _held = new();
    private int _heldBytes;
    private volatile bool _flowing;

    public void OnConnected(IMqttConnection connection) => arrivals.Open(connection);

    public void OnPublish(in IncomingPublish publish)
    {
        if (_flowing || !TryHold(publish))
        {
            arrivals.OnPublish(publish);
        }
    }

    public void OnPublishOutcome(long token, PublishOutcome outcome, MqttReasonCode reason)
    {
        // Nothing is published at QoS 1 on a seat.
    }

    /// <summary>
    /// Hands over what was held, in order, and lets the rest through. Returns at once; when something is held, a thread
    /// of its own hands it over, because it may have to wait for room.
    /// </summary>
    /// <returns>Completes when it has been handed over, or nobody takes it any more.</returns>
    public Task FlowAsync()
    {
        lock (_lock)
        {
            if (_held.Count == 0)
            {
                _flowing = true;
                return Task.CompletedTask;
            }
        }

        return Task.Factory.StartNew(
            HandOver,
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
    }

    private bool TryHold(in IncomingPublish publish)
    {
        lock (_lock)
        {
            if (_flowing)
            {
                return false;
            }

            var held = new HeldPublish(publish);
            if (_heldBytes + held.Size <= HoldAtMost)
            {
                _held.Enqueue(held);
                _heldBytes += held.Size;
                return true;
            }

            HandOver();
            return false;
        }
    }

    private void HandOver()
    {
        lock (_lock)
        {
            while (_held.TryDequeue(out var held))
            {
                arrivals.OnPublish(held.Publish);
            }

            _flowing = true;
        }
    }
}
