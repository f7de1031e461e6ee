namespace Kalinka.Common.Directory;

/// <summary>
/// All entries in memory, in 256 parts that grow one by one: the longest pause is that of one part. Any thread looks up,
/// without allocating; one thread changes.
/// </summary>
internal sealed class LocationTable
{
    private const int Shards = 256;
    private const int EntriesInPiece = 500;

    private readonly LocationShard[] _shards = new LocationShard[Shards];
    private readonly Lock[] _locks = new Lock[Shards];
    private readonly BrokerNames _brokers = new();
    private readonly int _capacity;
    private volatile int _count;

    /// <param name="capacity">Entries at most; beyond it nothing is added.</param>
    public LocationTable(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _capacity = capacity;
        for (var shard = 0; shard < Shards; shard++)
        {
            (_shards[shard], _locks[shard]) = (new LocationShard(), new Lock());
        }
    }

    public int Count => _count;

    /// <summary>What the entries take, in bytes.</summary>
    public long Bytes
    {
        get
        {
            var bytes = 0L;
            for (var shard = 0; shard < Shards; shard++)
            {
                lock (_locks[shard])
                {
                    bytes += _shards[shard].Bytes;
                }
            }

            return bytes;
        }
    }

    /// <returns><see cref="Location.Absent"/> when it is not here.</returns>
    public Location Find(ReadOnlySpan<byte> clientId)
    {
        var hash = HashOf(clientId);
        lock (_locks[ShardOf(hash)])
        {
            return _shards[ShardOf(hash)].TryGet(hash, clientId, out var stored) ? Present(stored) : Location.Absent;
        }
    }

    /// <summary>Of the entry; -1 when there is none.</summary>
    public long VersionOf(ReadOnlySpan<byte> clientId)
    {
        var hash = HashOf(clientId);
        lock (_locks[ShardOf(hash)])
        {
            return _shards[ShardOf(hash)].TryGet(hash, clientId, out var stored) ? stored.Version : -1;
        }
    }

    /// <summary>There is an entry, and it says this.</summary>
    public bool Says(ReadOnlySpan<byte> clientId, ReadOnlySpan<byte> broker, LocationDetails details)
    {
        var number = Math.Max(_brokers.NumberOf(broker), 0);
        var hash = HashOf(clientId);
        lock (_locks[ShardOf(hash)])
        {
            return _shards[ShardOf(hash)].TryGet(hash, clientId, out var stored)
                && stored.Broker == number
                && stored.Details == details;
        }
    }

    /// <param name="broker">One that is too long, or one too many, counts as none.</param>
    /// <returns>False when there is no room for another entry.</returns>
    public bool TryPut(ReadOnlySpan<byte> clientId, ReadOnlySpan<byte> broker, LocationDetails details, long version)
    {
        var number = Math.Max(_brokers.NumberOf(broker), 0);
        var hash = HashOf(clientId);
        lock (_locks[ShardOf(hash)])
        {
            var shard = _shards[ShardOf(hash)];
            if (_count >= _capacity && !shard.TryGet(hash, clientId, out _))
            {
                return false;
            }

            var before = shard.Count;
            shard.Set(hash, clientId, new StoredLocation(version, number, details));
            _count += shard.Count - before;
            return true;
        }
    }

    /// <summary>The entry stays what it is and gets another version.</summary>
    public void Restamp(ReadOnlySpan<byte> clientId, long version)
    {
        var hash = HashOf(clientId);
        lock (_locks[ShardOf(hash)])
        {
            if (_shards[ShardOf(hash)].TryGet(hash, clientId, out var stored))
            {
                _shards[ShardOf(hash)].Set(hash, clientId, stored with { Version = version });
            }
        }
    }

    public bool Remove(ReadOnlySpan<byte> clientId)
    {
        var hash = HashOf(clientId);
        lock (_locks[ShardOf(hash)])
        {
            var removed = _shards[ShardOf(hash)].Remove(hash, clientId);
            _count -= removed ? 1 : 0;
            return removed;
        }
    }

    public void Clear()
    {
        for (var shard = 0; shard < Shards; shard++)
        {
            lock (_locks[shard])
            {
                _count -= _shards[shard].Count;
                _shards[shard] = new LocationShard();
            }
        }
    }

    /// <summary>All entries, a part of the table at a time. Any thread.</summary>
    public IEnumerable<LocationEntry[]> Pieces()
    {
        for (var shard = 0; shard < Shards; shard++)
        {
            foreach (var piece in EntriesOf(shard).Chunk(EntriesInPiece))
            {
                yield return piece;
            }
        }
    }

    private LocationEntry[] EntriesOf(int shard)
    {
        lock (_locks[shard])
        {
            return [.. _shards[shard].Entries().Select(each => new LocationEntry(each.Id, Present(each.Location)))];
        }
    }

    private Location Present(StoredLocation stored) =>
        new(LocationState.Present, _brokers[stored.Broker], stored.Version) { Details = stored.Details };

    // Seeded for each process: whoever chooses Client Identifiers cannot choose collisions.
    private static uint HashOf(ReadOnlySpan<byte> clientId)
    {
        var hash = new HashCode();
        hash.AddBytes(clientId);
        return (uint)hash.ToHashCode();
    }

    // The slots within a part are chosen by the lower bits.
    private static int ShardOf(uint hash) => (int)(hash >> 24);
}
