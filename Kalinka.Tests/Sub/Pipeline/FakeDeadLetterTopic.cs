using System.Text;
using Kalinka.Common.Kafka;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>A producer and its cluster: keeps dead letters, and reports them at once or when told.</summary>
internal sealed class FakeDeadLetterTopic(IDeliveryReports reports) : IRecordProducer, ITopicCatalog
{
    private readonly List<long> _unreported = [];

    public List<DeadLetter> Letters { get; } = [];

    /// <summary>What was written to the delivery topic.</summary>
    public List<RelayedRecord> Relayed { get; } = [];

    /// <summary>Keep the delivery reports back until <see cref="Report"/>.</summary>
    public bool HoldReports { get; set; }

    public bool TopicExists { get; set; } = true;

    /// <summary>The delivery topic may be made and grow.</summary>
    public bool MayProvide { get; set; }

    /// <summary>Of the delivery topic; 0: there is none.</summary>
    public int DeliveryPartitions { get; set; }

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

        if (kafkaTopic.Name == "kalinka.delivery")
        {
            var text = Encoding.UTF8.GetString(value);
            Relayed.Add(
                new RelayedRecord(kafkaTopic.Partition, Encoding.UTF8.GetString(key), text, copied, timestampMs)
            );
            _unreported.Add(token);
            if (!HoldReports)
            {
                Report();
            }

            return ProduceResult.Queued;
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
        var isDelivery = name.SequenceEqual("kalinka.delivery"u8);
        var partitions = isDelivery ? DeliveryPartitions : 1;
        var exists = isDelivery ? partitions > 0 : TopicExists;
        kafkaTopic = exists ? new KafkaTopic(Encoding.UTF8.GetString(name), partitions, 0) : null;
        return exists ? TopicLookup.Known : TopicLookup.Unknown;
    }

    public void Refresh() { }

    public bool HasAny(Predicate<string> isSuch) => Array.Exists(Topics, isSuch);

    public Task<string?> ProvideAsync(
        string name,
        int partitions,
        IReadOnlyDictionary<string, string> settings,
        CancellationToken cancellationToken
    )
    {
        DeliveryPartitions = MayProvide ? partitions : DeliveryPartitions;
        return Task.FromResult(MayProvide ? null : "no such right");
    }

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

/// <summary>A record as it was written to the delivery topic.</summary>
internal sealed record RelayedRecord(
    int Partition,
    string Key,
    string Value,
    IReadOnlyDictionary<string, string> Headers,
    long TimestampMs
)
{
    public string Origin => Headers["kalinka-origin"];

    public string Hops => Headers["kalinka-delivery-hops"];
}
