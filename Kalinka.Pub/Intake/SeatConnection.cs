using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Intake;

/// <summary>
/// The receiving end of one connection. What arrives before every filter is subscribed is held back: a message that
/// blocked the receive thread would also block the SUBACK behind it, and filters not yet subscribed lose messages.
/// </summary>
internal sealed class SeatConnection(IArrivals arrivals, int holdAtMost) : IMqttConnectionHandler
{
    private readonly object _lock = new();

    // Below: under the lock.
    private readonly Queue<HeldPublish> _held = new();
    private volatile bool _flowing;
    private bool _closed;

    /// <summary>Messages held back now.</summary>
    public int Held
    {
        get
        {
            lock (_lock)
            {
                return _held.Count;
            }
        }
    }

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

    /// <summary>Hands over what was held, in order, and lets the rest through.</summary>
    public void Flow()
    {
        lock (_lock)
        {
            while (!_closed && _held.TryDequeue(out var held))
            {
                arrivals.OnPublish(held.Publish);
            }

            _flowing = true;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>What is held is forgotten: the broker sends it again.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            _held.Clear();
            Monitor.PulseAll(_lock);
        }
    }

    private bool TryHold(in IncomingPublish publish)
    {
        lock (_lock)
        {
            while (!_flowing && !_closed && _held.Count >= holdAtMost)
            {
                if (publish.Qos == 0)
                {
                    return true;
                }

                Monitor.Wait(_lock);
            }

            if (_flowing)
            {
                return false;
            }

            if (!_closed)
            {
                _held.Enqueue(new HeldPublish(publish));
            }

            return true;
        }
    }
}
