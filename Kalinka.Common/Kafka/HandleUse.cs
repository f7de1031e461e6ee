namespace Kalinka.Common.Kafka;

/// <summary>
/// Calls into a native handle from threads that its owner does not wait for: the handle is destroyed under none of them,
/// which would end the process. Any thread.
/// </summary>
internal sealed class HandleUse
{
    private readonly object _lock = new();

    // Under the lock.
    private int _calls;
    private bool _closed;

    /// <summary>A call begins; false once closed. <see cref="Leave"/> follows.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            _calls += _closed ? 0 : 1;
            return !_closed;
        }
    }

    public void Leave()
    {
        lock (_lock)
        {
            _calls--;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Lets nobody in any more, and waits for those who are.</summary>
    /// <returns>False when some are still inside at the end of the time.</returns>
    public bool Close(TimeSpan within)
    {
        lock (_lock)
        {
            _closed = true;
            while (_calls > 0)
            {
                if (!Monitor.Wait(_lock, within))
                {
                    return false;
                }
            }

            return true;
        }
    }
}
