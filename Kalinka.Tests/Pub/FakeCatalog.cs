using System.Text;
using Kalinka.Common.Kafka;

namespace Kalinka.Tests.Pub;

/// <summary>A catalog of the topics that a test names.</summary>
internal sealed class FakeCatalog(params string[] kafkaTopics) : ITopicCatalog
{
    private readonly Dictionary<string, KafkaTopic> _topics = kafkaTopics.ToDictionary(
        name => name,
        name => new KafkaTopic(name, 1, 0)
    );
    private readonly TaskCompletionSource _loaded = new();

    // The one found last, so that a test of allocations meets no string.
    private KafkaTopic? _last;
    private byte[] _lastName = [];

    /// <summary>Kafka answered once, and does not now.</summary>
    public bool Away { get; set; }

    public bool Reachable => _loaded.Task.IsCompleted && !Away;

    /// <summary>How often it refused to create.</summary>
    public int Refusals { get; private set; }

    public string? LastError => null;

    public Task Loaded => _loaded.Task;

    public string? RefusesToCreate { get; set; }

    public FakeCatalog Load()
    {
        _loaded.TrySetResult();
        return this;
    }

    public TopicLookup Find(ReadOnlySpan<byte> name, out KafkaTopic? kafkaTopic)
    {
        kafkaTopic = null;
        if (!_loaded.Task.IsCompleted)
        {
            return TopicLookup.NotLoaded;
        }

        if (!name.SequenceEqual(_lastName))
        {
            _lastName = name.ToArray();
            _last = _topics.GetValueOrDefault(Encoding.UTF8.GetString(name));
        }

        kafkaTopic = _last;
        return kafkaTopic is null ? TopicLookup.Unknown : TopicLookup.Known;
    }

    public void Refresh() { }

    public bool HasAny(Predicate<string> isSuch) => _topics.Keys.Any(name => isSuch(name));

    public Task<string?> ProvideAsync(
        string name,
        int partitions,
        IReadOnlyDictionary<string, string> settings,
        CancellationToken cancellationToken
    ) => Task.FromResult<string?>("no such right");

    public Task<IReadOnlyList<string>> CreateMissingAsync(
        IEnumerable<string> names,
        CancellationToken cancellationToken
    )
    {
        if (RefusesToCreate is { } reason)
        {
            Refusals++;
            return Task.FromResult<IReadOnlyList<string>>([reason]);
        }

        foreach (var name in names)
        {
            _topics.TryAdd(name, new KafkaTopic(name, 1, 0));
        }

        _lastName = [];
        return Task.FromResult<IReadOnlyList<string>>([]);
    }
}
