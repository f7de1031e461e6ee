namespace Kalinka.Common.Delivery;

/// <summary>
/// Items enter in order, complete in any order, and are released in the order in which they entered: PUBACKs leave as
/// the PUBLISH packets came [MQTT-4.6.0-2], offsets are stored at the contiguous watermark. Any thread.
/// </summary>
public sealed class InOrderQueue<T>
{
    private readonly Lock _lock = new();

    // A ring whose length is a power of two; the ticket of an item, masked, is its place.
    private Entry[] _ring;
    private long _head;
    private long _tail;
    private int _open;

    /// <param name="capacity">Room at the start; the ring doubles when a sender exceeds its window.</param>
    public InOrderQueue(int capacity) =>
        _ring = new Entry[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 2))];

    /// <summary>Items that have entered and have not been released, finished or not: what a window counts.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return (int)(_tail - _head);
            }
        }
    }

    /// <summary>Items that have not been completed.</summary>
    public int Open
    {
        get
        {
            lock (_lock)
            {
                return _open;
            }
        }
    }

    /// <summary>Takes an item in, behind all others.</summary>
    /// <returns>Its ticket: 0 for the first, then one more each.</returns>
    public long Enter(T item)
    {
        lock (_lock)
        {
            if (_tail - _head == _ring.Length)
            {
                Grow();
            }

            _ring[_tail & (_ring.Length - 1)] = new Entry(item, false);
            _open++;
            return _tail++;
        }
    }

    /// <summary>Takes the newest item out again, as if it had never entered: its ticket will be another's.</summary>
    /// <exception cref="InvalidOperationException">It is not the newest, or is done.</exception>
    public T TakeBack(long ticket)
    {
        lock (_lock)
        {
            ref var entry = ref _ring[ticket & (_ring.Length - 1)];
            if (ticket < _head || ticket != _tail - 1 || entry.Done)
            {
                throw new InvalidOperationException($"item {ticket} is not the newest open one");
            }

            var item = entry.Item;
            entry = default;
            _tail--;
            _open--;
            return item;
        }
    }

    /// <summary>Marks an item as done. False when it is already, or was never here: nothing has changed then.</summary>
    public bool TryComplete(long ticket, out T item)
    {
        lock (_lock)
        {
            if (ticket < _head || ticket >= _tail)
            {
                item = default!;
                return false;
            }

            ref var entry = ref _ring[ticket & (_ring.Length - 1)];
            item = entry.Item;
            if (entry.Done)
            {
                return false;
            }

            entry = entry with { Done = true };
            _open--;
            return true;
        }
    }

    /// <summary>Moves what is done, up to the first item that is not, into <paramref name="released"/>.</summary>
    /// <returns>How many; call again while it is as many as fit.</returns>
    public int Release(Span<T> released)
    {
        lock (_lock)
        {
            var count = 0;
            while (count < released.Length && _head < _tail)
            {
                ref var entry = ref _ring[_head & (_ring.Length - 1)];
                if (!entry.Done)
                {
                    break;
                }

                released[count++] = entry.Item;
                entry = default;
                _head++;
            }

            return count;
        }
    }

    private void Grow()
    {
        var larger = new Entry[_ring.Length * 2];
        for (var ticket = _head; ticket < _tail; ticket++)
        {
            larger[ticket & (larger.Length - 1)] = _ring[ticket & (_ring.Length - 1)];
        }

        _ring = larger;
    }

    private readonly record struct Entry(T Item, bool Done);
}
