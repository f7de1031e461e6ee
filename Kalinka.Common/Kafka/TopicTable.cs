using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Kalinka.Common.Kafka.Native;
using Kalinka.Common.Text;

namespace Kalinka.Common.Kafka;

/// <summary>The topics of the cluster by their UTF-8 names. Read by any thread, written by one.</summary>
internal sealed class TopicTable
{
    private readonly ClientHandle _client;
    private readonly ConcurrentDictionary<byte[], Entry> _entries;
    private readonly ConcurrentDictionary<byte[], Entry>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    // The refreshing thread.
    private int _generation;

    public TopicTable(ClientHandle client)
    {
        _client = client;
        _entries = new ConcurrentDictionary<byte[], Entry>(ByteArrayComparer.Instance);
        _lookup = _entries.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>Allocates only when a topic is asked for the first time.</summary>
    public bool TryFind(ReadOnlySpan<byte> name, [NotNullWhen(true)] out KafkaTopic? kafkaTopic)
    {
        kafkaTopic = _lookup.TryGetValue(name, out var entry) ? entry.Open(_client) : null;
        return kafkaTopic is not null;
    }

    public bool HasAny(Predicate<string> isSuch) => _entries.Any(entry => isSuch(entry.Value.Name));

    public bool Contains(string name) => _lookup.ContainsKey(Encoding.UTF8.GetBytes(name));

    /// <summary>0 for a topic that there is not.</summary>
    public int PartitionsOf(string name) =>
        _lookup.TryGetValue(Encoding.UTF8.GetBytes(name), out var entry) ? entry.PartitionCount : 0;

    /// <summary>
    /// Takes over what the cluster says. Topics of Kafka itself (<c>__consumer_offsets</c>) are none to us; what is gone
    /// is forgotten, its handle stays with the client for the case that it comes back.
    /// </summary>
    public unsafe void Update(NativeMetadata* metadata)
    {
        _generation++;
        for (var index = 0; index < metadata->TopicCount; index++)
        {
            ref var topic = ref metadata->Topics[index];
            var name = NativeText.Bytes(topic.Name);
            if (topic.PartitionCount > 0 && !name.StartsWith("__"u8))
            {
                See(name, topic.PartitionCount);
            }
        }

        foreach (var (name, entry) in _entries)
        {
            if (entry.Generation != _generation)
            {
                _entries.TryRemove(name, out _);
            }
        }
    }

    private void See(ReadOnlySpan<byte> name, int partitionCount)
    {
        if (!_lookup.TryGetValue(name, out var entry))
        {
            entry = new Entry(Encoding.UTF8.GetString(name));
            _lookup.TryAdd(name, entry);
        }

        entry.Generation = _generation;
        entry.PartitionCount = partitionCount;
    }

    private sealed class Entry(string name)
    {
        private KafkaTopic? _opened;
        private int _partitionCount;

        public string Name => name;

        public int Generation { get; set; }

        public int PartitionCount
        {
            get => _partitionCount;
            set
            {
                _partitionCount = value;
                if (_opened is { } kafkaTopic)
                {
                    kafkaTopic.PartitionCount = value;
                }
            }
        }

        /// <summary>Threads that race here get objects that are alike: the client has one handle for a name.</summary>
        public KafkaTopic Open(ClientHandle client) =>
            _opened ??= new KafkaTopic(name, _partitionCount, client.OpenTopic(name));
    }
}
