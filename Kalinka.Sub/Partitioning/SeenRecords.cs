using Kalinka.Sub.Deliveries;

namespace Kalinka.Sub.Partitioning;

/// <summary>
/// The records of the delivery topic that have reached their end here lately, by origin and hop: an instance that dies
/// between a produce and its commit makes another produce the record again. What is not remembered any more is delivered
/// again, which at least once allows. The dispatcher's.
/// </summary>
/// <param name="capacity">So many are remembered, some 100 bytes each; the oldest is forgotten.</param>
internal sealed class SeenRecords(int capacity)
{
    private readonly HashSet<Key> _seen = [];
    private readonly Key[] _byAge = new Key[capacity];
    private int _next;

    /// <summary>Records remembered.</summary>
    public int Count => _seen.Count;

    public bool Contains(Delivery delivery) => _seen.Contains(Key.Of(delivery));

    /// <summary>
    /// Remembers a record that was delivered or has safely hopped on: what was let go of, or is a dead letter, may come
    /// again and is wanted then.
    /// </summary>
    public void Add(Delivery delivery)
    {
        var key = Key.Of(delivery);
        if (!_seen.Add(key))
        {
            return;
        }

        // An entry of the beginning, which is no record's, is not in the set.
        _seen.Remove(_byAge[_next]);
        _byAge[_next] = key;
        _next = (_next + 1) % capacity;
    }

    private readonly record struct Key(string KafkaTopic, int Partition, long Offset, int Hop)
    {
        public static Key Of(Delivery delivery)
        {
            ref readonly var record = ref delivery.Record;
            return new Key(record.KafkaTopic, record.Partition.Partition, record.Offset, delivery.Hop);
        }
    }
}
