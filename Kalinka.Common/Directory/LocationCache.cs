using System.Collections.Concurrent;
using Kalinka.Common.Text;

namespace Kalinka.Common.Directory;

/// <summary>
/// Locations by client id, at most as many as its capacity: a new one takes the place of one that was not looked up since
/// the hand of a clock last passed it. Lookups take no lock and allocate nothing. About 200 bytes for a client.
/// </summary>
internal sealed class LocationCache
{
    private const int LongestDetails = 1024;

    private readonly ConcurrentDictionary<byte[], Entry> _entries = new(ByteArrayComparer.Instance);
    private readonly ConcurrentDictionary<byte[], Entry>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    // Under the lock: who changes entries.
    private readonly Lock _gate = new();
    private readonly byte[]?[] _clock;
    private readonly bool _keepDetails;
    private readonly Stack<int> _free = new();
    private int _used;
    private int _hand;
    private volatile int _count;

    /// <param name="capacity">1 or more.</param>
    /// <param name="keepDetails">False leaves them out.</param>
    public LocationCache(int capacity, bool keepDetails)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _clock = new byte[capacity][];
        _keepDetails = keepDetails;
        _lookup = _entries.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    private sealed class Entry(Location location, int epoch, int slot)
    {
        public readonly Location Location = location;
        public readonly int Epoch = epoch;
        public readonly int Slot = slot;

        // Written by any reader; a lost write costs an entry its second chance at the most.
        public bool Referenced;
    }

    public int Count => _count;

    /// <summary>Any thread.</summary>
    /// <param name="clientId">UTF-8.</param>
    /// <param name="epoch">When the entry was read; see <see cref="Put"/>.</param>
    /// <returns><see cref="LocationState.Unknown"/> when it is not here.</returns>
    public Location Find(ReadOnlySpan<byte> clientId, out int epoch)
    {
        if (!_lookup.TryGetValue(clientId, out var entry))
        {
            epoch = 0;
            return Location.Unknown;
        }

        // Readers share this line of memory: write only what changes.
        if (!entry.Referenced)
        {
            entry.Referenced = true;
        }

        epoch = entry.Epoch;
        return entry.Location;
    }

    /// <param name="clientId">UTF-8; the cache keeps it.</param>
    /// <param name="location">What was read.</param>
    /// <param name="epoch">When.</param>
    public void Put(byte[] clientId, Location location, int epoch)
    {
        if (!_keepDetails || location.Json?.Length > LongestDetails)
        {
            location = location with { Json = null };
        }

        lock (_gate)
        {
            if (_entries.TryGetValue(clientId, out var known))
            {
                _entries[clientId] = new Entry(location, epoch, known.Slot) { Referenced = true };
                return;
            }

            var slot = FreeSlot();
            _clock[slot] = clientId;
            _entries[clientId] = new Entry(location, epoch, slot);
            _count++;
        }
    }

    public void Remove(ReadOnlySpan<byte> clientId)
    {
        lock (_gate)
        {
            if (_lookup.TryRemove(clientId, out _, out var entry))
            {
                _clock[entry.Slot] = null;
                _free.Push(entry.Slot);
                _count--;
            }
        }
    }

    private int FreeSlot()
    {
        if (_free.TryPop(out var freed))
        {
            return freed;
        }

        return _used < _clock.Length ? _used++ : EvictedSlot();
    }

    /// <summary>Only called when every slot is taken; after one turn of the hand nothing is referenced any more, or little.</summary>
    private int EvictedSlot()
    {
        for (var turn = 0; ; turn++)
        {
            var slot = _hand;
            _hand = (_hand + 1) % _clock.Length;
            var entry = _entries[_clock[slot]!];
            if (entry.Referenced && turn < 2 * _clock.Length)
            {
                entry.Referenced = false;
                continue;
            }

            _entries.TryRemove(_clock[slot]!, out _);
            _count--;
            return slot;
        }
    }
}
