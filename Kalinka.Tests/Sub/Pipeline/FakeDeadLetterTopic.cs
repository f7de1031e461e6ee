using System.Text;
using Kalinka.Common.Kafka;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>A producer and its cluster: keeps dead letters, and reports them at once or when told.</summary>
internal sealed class FakeDeadLetterTopic(IDeliveryReports reports) : IRecordProducer, ITopicCatalog
{
    private readonly List<long> _unreported = [];

    public List<DeadLetter> Letters { get; } = [];

    /// <summary>Keep the delivery reports back until <see cref="Report"/>.</summary>
    public bool HoldReports { get; set; }

    public bool TopicExists { get; set; } = true;

    /// <summary>Of the cluster, beside that of the dead letters.</summary>
    public string[] Topics { get; set; } = ["in"];

    public int Outstanding => _unreported.Count;

    public bool Reachable { get; set; } = true;

    public string? LastError => null;

    public Task Loaded => Task.CompletedTask;

    public ProduceResult TryProduce(
        KafkaTopic kafkaTopic,
        bool hasKey,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> value,
        RecordHeaderBuffer headers,
        long timestampMs,
        long token
    )
    {
        var copied = new Dictionary<string, string>();
        for (var index = 0; index < headers.Count; index++)
        {
            copied.Add(Encoding.UTF8.GetString(headers.Name(index)), Encoding.UTF8.GetString(headers.Value(index)));
        }

        Letters.Add(new DeadLetter(Encoding.UTF8.GetString(key), Encoding.UTF8.GetString(value), copied));
        _unreported.Add(token);
        if (!HoldReports)
        {
            Report();
        }

        return ProduceResult.Queued;
    }

    public void Report()
    {
        var tokens = _unreported.ToArray();
        _unreported.Clear();
        reports.OnDelivered(tokens);
    }

    public void Fail(string description) => reports.OnFatal(description);

    public bool Flush(TimeSpan timeout) => Outstanding == 0;

    public void Purge() => _unreported.Clear();

    public TopicLookup Find(ReadOnlySpan<byte> name, out KafkaTopic? kafkaTopic)
    {
        kafkaTopic = TopicExists ? new KafkaTopic(Encoding.UTF8.GetString(name), 1, 0) : null;
        return TopicExists ? TopicLookup.Known : TopicLookup.Unknown;
    }

    public bool HasAny(Predicate<string> isSuch) => Array.Exists(Topics, isSuch);

    public Task<IReadOnlyList<string>> CreateMissingAsync(
        IEnumerable<string> names,
        CancellationToken cancellationToken
    )
    {
        TopicExists = true;
        return Task.FromResult<IReadOnlyList<string>>([]);
    }

    public void Dispose() { }
}

internal sealed record DeadLetter(string Key, string Value, IReadOnlyDictionary<string, string> Headers)
{
    public string Reason => Headers["kalinka-reason"];
}
