namespace Kalinka.Sub.Partitioning;

/// <summary>
/// Whether records for a broker wait in its partition: while any do, later ones go behind them. Known by asking Kafka,
/// and only by an answer that was asked for after the last event that could have changed it: a record of ours that was
/// parked, or a partition of the application's topics that came from another instance. The dispatcher's, except where said.
/// </summary>
internal sealed class Backlog
{
    private Partition[] _partitions = [];

    // Events, and askings, in one order.
    private long _now = 1;
    private long _doubted = 1;
    private long _begun;

    private volatile bool _isWanted = true;
    private volatile IReadOnlyList<PartitionLag> _shown = [];
    private DateTimeOffset _shownAt;

    /// <summary>What waits in a partition, as Kafka said last; null when it has not. Any thread.</summary>
    public PartitionLag? Of(int? partition) =>
        partition is { } number && _shown is var shown && number < shown.Count ? shown[number] : null;

    /// <summary>Something is to be learnt by asking. Any thread.</summary>
    public bool IsWanted => _isWanted;

    /// <summary>What was known may be no longer so: others may have parked what is ours now.</summary>
    public void Doubt()
    {
        _doubted = ++_now;
        _isWanted = true;
    }

    /// <summary>A record is on its way into a partition.</summary>
    public void OnParking(int partition)
    {
        At(partition).Parking++;
        _isWanted = true;
    }

    /// <summary>It is there, or was refused.</summary>
    public void OnParked(int partition)
    {
        ref var parked = ref At(partition);
        parked.Parking--;
        parked.Event = ++_now;
    }

    /// <summary>Null: not known.</summary>
    public bool? HasAny(int partition)
    {
        ref var known = ref At(partition);
        if (known.Parking > 0 || known.Lag > 0 || known.Event > known.Asked)
        {
            return true;
        }

        var isKnown = known.Asked > _doubted;
        _isWanted |= !isKnown;
        return isKnown ? false : null;
    }

    /// <summary>Kafka is asked from now on.</summary>
    public void OnAsking() => _begun = ++_now;

    /// <summary>Kafka has answered; null when it could not be asked.</summary>
    public void OnAnswered(IReadOnlyList<long>? lag, DateTimeOffset now)
    {
        if (lag is null)
        {
            return;
        }

        Show(lag, now);
        for (var partition = 0; partition < lag.Count; partition++)
        {
            ref var known = ref At(partition);
            known.Lag = lag[partition];
            known.Asked = _begun;
        }

        _isWanted = _doubted > _begun || Array.Exists(_partitions, known => known.IsOpen);
    }

    private void Show(IReadOnlyList<long> lag, DateTimeOffset now)
    {
        var (before, passed) = (_shown, now - _shownAt);
        _shown =
        [
            .. lag.Select((records, index) => PartitionLag.Of(records, before.ElementAtOrDefault(index), passed)),
        ];
        _shownAt = now;
    }

    private ref Partition At(int partition)
    {
        if (partition >= _partitions.Length)
        {
            Array.Resize(ref _partitions, partition + 1);
        }

        return ref _partitions[partition];
    }

    private struct Partition
    {
        public int Parking;
        public long Lag;
        public long Event;
        public long Asked;

        public readonly bool IsOpen => Parking > 0 || Lag > 0 || Event > Asked;
    }
}

/// <summary>What waits in a partition.</summary>
/// <param name="Drain">How long until nothing waits, at the pace of the last look; null while it does not shrink.</param>
internal readonly record struct PartitionLag(long Records, TimeSpan? Drain)
{
    public static PartitionLag Of(long records, PartitionLag before, TimeSpan passed)
    {
        var drained = before.Records - records;
        return new PartitionLag(
            records,
            records == 0 ? TimeSpan.Zero
                : drained > 0 ? passed * ((double)records / drained)
                : null
        );
    }
}
