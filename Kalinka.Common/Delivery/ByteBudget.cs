namespace Kalinka.Common.Delivery;

/// <summary>
/// How many bytes a daemon may hold between its two sides. Whoever brings more waits, which stops the reading of a
/// socket: backpressure instead of memory. Any thread.
/// </summary>
/// <param name="limit">In bytes. One message that is larger is let in when nothing else is held.</param>
public sealed class ByteBudget(long limit)
{
    private readonly object _returned = new();
    private long _held;
    private int _waiting;

    /// <summary>Bytes held now.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>Threads that wait for room.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Takes bytes, or says that there is no room above the <paramref name="reserve"/> kept for others.</summary>
    public bool TryTake(int bytes, long reserve = 0)
    {
        var held = Volatile.Read(ref _held);
        while (held == 0 || held + bytes <= limit - reserve)
        {
            var before = Interlocked.CompareExchange(ref _held, held + bytes, held);
            if (before == held)
            {
                return true;
            }

            held = before;
        }

        return false;
    }

    /// <summary>Takes bytes, waiting for room; false when <paramref name="abandoned"/> says so meanwhile.</summary>
    /// <param name="abandoned">Asked again whenever bytes come back or <see cref="Wake"/> is called.</param>
    public bool Take(int bytes, Func<bool> abandoned)
    {
        return TryTake(bytes) || Wait(bytes, abandoned);
    }

    /// <summary>
    /// Takes bytes that are in memory already, room or not; whoever does so asks <see cref="IsSpent"/> before the next.
    /// </summary>
    public void Charge(int bytes) => Interlocked.Add(ref _held, bytes);

    /// <summary>Whether less than <paramref name="share"/> (0 to 1) of the budget is free, or nothing at all.</summary>
    public bool IsSpent(double share) => Held >= limit - (long)(limit * share);

    public void Return(int bytes)
    {
        Interlocked.Add(ref _held, -bytes);
        if (Volatile.Read(ref _waiting) > 0)
        {
            Wake();
        }
    }

    /// <summary>Lets all that wait look again.</summary>
    public void Wake()
    {
        lock (_returned)
        {
            Monitor.PulseAll(_returned);
        }
    }

    private bool Wait(int bytes, Func<bool> abandoned)
    {
        lock (_returned)
        {
            // Announced before the second look: a return in between then sees that someone waits.
            Interlocked.Increment(ref _waiting);
            try
            {
                while (!abandoned())
                {
                    if (TryTake(bytes))
                    {
                        return true;
                    }

                    Monitor.Wait(_returned);
                }

                return false;
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }
        }
    }
}
