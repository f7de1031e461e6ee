namespace Kalinka.Common.Mqtt;

/// <summary>
/// Tokens of the publishes that wait for PUBACK, found by packet identifier and linked by age. Every operation is O(1)
/// and allocates nothing. Not thread-safe.
/// </summary>
internal sealed class InFlightPublishes(int highestIdentifier)
{
    // Slot 0 is no packet identifier: it closes the ring, its Next is the oldest and its Previous the youngest.
    private readonly Slot[] _slots = new Slot[highestIdentifier + 1];

    private long _added;

    public int Count { get; private set; }

    /// <summary>The number of the oldest, counting all that were added from 1; 0 for none.</summary>
    public long Oldest => _slots[_slots[0].Next].Number;

    public void Add(ushort packetIdentifier, long token)
    {
        var youngest = _slots[0].Previous;
        _slots[packetIdentifier] = new Slot
        {
            Token = token,
            Number = ++_added,
            Previous = youngest,
            Used = true,
        };
        _slots[youngest].Next = packetIdentifier;
        _slots[0].Previous = packetIdentifier;
        Count++;
    }

    /// <summary>False for an identifier that is not in flight.</summary>
    public bool TryRemove(ushort packetIdentifier, out long token)
    {
        token = 0;
        if (packetIdentifier >= _slots.Length || !_slots[packetIdentifier].Used)
        {
            return false;
        }

        var slot = _slots[packetIdentifier];
        token = slot.Token;
        _slots[slot.Previous].Next = slot.Next;
        _slots[slot.Next].Previous = slot.Previous;
        _slots[packetIdentifier] = default;
        Count--;
        return true;
    }

    /// <summary>False when nothing is in flight.</summary>
    public bool TryRemoveOldest(out long token) => TryRemove(_slots[0].Next, out token);

    private struct Slot
    {
        public long Token;
        public long Number;
        public ushort Previous;
        public ushort Next;
        public bool Used;
    }
}
