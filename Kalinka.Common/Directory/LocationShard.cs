using System.Buffers.Binary;

namespace Kalinka.Common.Directory;

/// <param name="Broker">Its number in <see cref="BrokerNames"/>.</param>
internal readonly record struct StoredLocation(long Version, int Broker, LocationDetails Details);

/// <summary>
/// A part of the <see cref="LocationTable"/>: open addressing over entries that lie one behind the other in pieces of
/// 16 KiB. No object for a client: 28 bytes and its id, and 10 to 20 bytes of slots. One thread at a time.
/// </summary>
internal sealed class LocationShard
{
    private const int ChunkBits = 14;
    private const int ChunkSize = 1 << ChunkBits;
    private const int FewestSlots = 8;

    // An entry: two bytes for the length of the id, eight for version and broker, three times six for the details, the id.
    private const int VersionAt = 2;
    private const int DetailsAt = 10;
    private const int IdAt = 28;

    // A slot: the hash above, below it the entry's place plus 1; 0 is free.
    private ulong[] _slots = new ulong[FewestSlots];
    private readonly List<byte[]> _chunks = [];
    private int _tail = ChunkSize;
    private long _used;
    private long _dead;

    public int Count { get; private set; }

    /// <summary>What it takes, in bytes.</summary>
    public long Bytes => (_slots.Length * sizeof(ulong)) + ((long)_chunks.Count * ChunkSize);

    public bool TryGet(uint hash, ReadOnlySpan<byte> id, out StoredLocation location)
    {
        if (FindSlot(hash, id) is var slot && slot < 0)
        {
            location = default;
            return false;
        }

        location = Read(EntryAt(_slots[slot]));
        return true;
    }

    /// <summary>Adds the entry or takes the place of the one that is there.</summary>
    public void Set(uint hash, ReadOnlySpan<byte> id, StoredLocation location)
    {
        if (FindSlot(hash, id) is var slot && slot >= 0)
        {
            Write(EntryAt(_slots[slot]), location);
            return;
        }

        if ((Count + 1) * 5L > _slots.Length * 4L)
        {
            Resize(_slots.Length * 2);
        }

        Insert(((ulong)hash << 32) | (Append(id, location) + 1));
        Count++;
    }

    public bool Remove(uint hash, ReadOnlySpan<byte> id)
    {
        var slot = FindSlot(hash, id);
        if (slot < 0)
        {
            return false;
        }

        _dead += IdAt + id.Length;
        Count--;
        CloseGap(slot);
        if (_dead > ChunkSize && _dead * 2 > _used)
        {
            Compact();
        }

        return true;
    }

    /// <summary>All entries, with ids of their own.</summary>
    public IEnumerable<(byte[] Id, StoredLocation Location)> Entries()
    {
        foreach (var slot in _slots)
        {
            if (slot != 0)
            {
                yield return (IdOf(EntryAt(slot)).ToArray(), Read(EntryAt(slot)));
            }
        }
    }

    private int FindSlot(uint hash, ReadOnlySpan<byte> id)
    {
        var mask = _slots.Length - 1;
        for (var index = (int)(hash & (uint)mask); _slots[index] != 0; index = (index + 1) & mask)
        {
            if ((uint)(_slots[index] >> 32) == hash && IdOf(EntryAt(_slots[index])).SequenceEqual(id))
            {
                return index;
            }
        }

        return -1;
    }

    private void Insert(ulong slot)
    {
        var mask = _slots.Length - 1;
        var index = (int)((uint)(slot >> 32) & (uint)mask);
        while (_slots[index] != 0)
        {
            index = (index + 1) & mask;
        }

        _slots[index] = slot;
    }

    /// <summary>Moves what stands behind a removed slot and would not be found any more into its place.</summary>
    private void CloseGap(int gap)
    {
        var mask = _slots.Length - 1;
        for (var index = (gap + 1) & mask; _slots[index] != 0; index = (index + 1) & mask)
        {
            var home = (int)((uint)(_slots[index] >> 32) & (uint)mask);
            if (((index - home) & mask) >= ((index - gap) & mask))
            {
                _slots[gap] = _slots[index];
                gap = index;
            }
        }

        _slots[gap] = 0;
    }

    private void Resize(int length)
    {
        var old = _slots;
        _slots = new ulong[length];
        foreach (var slot in old)
        {
            if (slot != 0)
            {
                Insert(slot);
            }
        }
    }

    /// <summary>The place of a new entry: the piece above, where it begins in the piece below.</summary>
    private uint Append(ReadOnlySpan<byte> id, StoredLocation location)
    {
        var size = IdAt + id.Length;
        if (_tail + size > ChunkSize)
        {
            _used += ChunkSize - _tail;
            _dead += ChunkSize - _tail;
            _chunks.Add(GC.AllocateUninitializedArray<byte>(ChunkSize));
            _tail = 0;
        }

        var entry = _chunks[^1].AsSpan(_tail, size);
        BinaryPrimitives.WriteUInt16LittleEndian(entry, (ushort)id.Length);
        Write(entry, location);
        id.CopyTo(entry[IdAt..]);
        var place = ((uint)(_chunks.Count - 1) << ChunkBits) | (uint)_tail;
        _tail += size;
        _used += size;
        return place;
    }

    /// <summary>Removed entries leave holes; when they are half of it, the others move together.</summary>
    private void Compact()
    {
        var (slots, chunks) = (_slots, _chunks.ToArray());
        var length = FewestSlots;
        while (length * 4L < Count * 5L)
        {
            length *= 2;
        }

        _chunks.Clear();
        (_slots, _tail, _used, _dead) = (new ulong[length], ChunkSize, 0, 0);
        foreach (var slot in slots)
        {
            if (slot != 0)
            {
                var entry = EntryAt(chunks, slot);
                Insert((slot & ~(ulong)uint.MaxValue) | (Append(IdOf(entry), Read(entry)) + 1));
            }
        }
    }

    private Span<byte> EntryAt(ulong slot)
    {
        var place = (uint)slot - 1;
        return _chunks[(int)(place >> ChunkBits)].AsSpan((int)(place & (ChunkSize - 1)));
    }

    private static Span<byte> EntryAt(byte[][] chunks, ulong slot)
    {
        var place = (uint)slot - 1;
        return chunks[place >> ChunkBits].AsSpan((int)(place & (ChunkSize - 1)));
    }

    private static ReadOnlySpan<byte> IdOf(ReadOnlySpan<byte> entry) =>
        entry.Slice(IdAt, BinaryPrimitives.ReadUInt16LittleEndian(entry));

    private static StoredLocation Read(ReadOnlySpan<byte> entry)
    {
        var versionAndBroker = BinaryPrimitives.ReadInt64LittleEndian(entry[VersionAt..]);
        var details = entry[DetailsAt..];
        return new StoredLocation(
            versionAndBroker >> 16,
            (ushort)versionAndBroker,
            new LocationDetails(ReadTime(details), ReadTime(details[6..]), ReadTime(details[12..]))
        );
    }

    private static void Write(Span<byte> entry, StoredLocation location)
    {
        BinaryPrimitives.WriteInt64LittleEndian(
            entry[VersionAt..],
            (location.Version << 16) | (long)(ushort)location.Broker
        );
        var details = entry[DetailsAt..];
        WriteTime(details, location.Details.Since);
        WriteTime(details[6..], location.Details.LastSeen);
        WriteTime(details[12..], location.Details.OfflineSince);
    }

    private static long ReadTime(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes)
        | ((long)BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]) << 32);

    private static void WriteTime(Span<byte> bytes, long time)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)time);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], (ushort)(time >> 32));
    }
}
