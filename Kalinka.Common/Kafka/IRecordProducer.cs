namespace Kalinka.Common.Kafka;

/// <summary>An idempotent producer with <c>acks=all</c> that never gives a record up because time has passed.</summary>
public interface IRecordProducer : IDisposable
{
    /// <summary>Records handed over whose delivery report has not come.</summary>
    int Outstanding { get; }

    /// <summary>
    /// Copies the record into the producer's queue. Any thread; does not block. After <see cref="ProduceResult.Queued"/>
    /// exactly one delivery report with this token follows; after anything else none does.
    /// </summary>
    /// <param name="key">Used when <paramref name="hasKey"/>; else the record has a null key.</param>
    /// <param name="timestampMs">Unix milliseconds.</param>
    /// <param name="token">The caller's name for the record, given back with its report.</param>
    /// <exception cref="KafkaFailureException">The producer cannot go on.</exception>
    ProduceResult TryProduce(
        KafkaTopic kafkaTopic,
        bool hasKey,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> value,
        RecordHeaderBuffer headers,
        long timestampMs,
        long token
    );

    /// <summary>Waits until every report has come or the time is over; true when none is outstanding.</summary>
    bool Flush(TimeSpan timeout);

    /// <summary>Fails everything that has not reached a broker; the reports come with <see cref="RecordError.Purged"/>.</summary>
    void Purge();
}

/// <summary>Called on the producer's one report thread, in batches.</summary>
public interface IDeliveryReports
{
    /// <summary>Confirmed by all in-sync replicas.</summary>
    void OnDelivered(ReadOnlySpan<long> tokens);

    /// <summary>A permanent error. The record can be read during the call, to make a dead letter of it.</summary>
    void OnFailed(long token, RecordError error, string description, in FailedRecord failed);

    /// <summary>The producer cannot go on (a fatal error of idempotence, say).</summary>
    void OnFatal(string description);
}

/// <summary>What became of a call of <see cref="IRecordProducer.TryProduce"/>.</summary>
public enum ProduceResult
{
    Queued,

    /// <summary>The producer's queue is full; a delivery report makes room.</summary>
    QueueFull,

    /// <summary>Larger than <c>message.max.bytes</c>.</summary>
    TooLarge,

    /// <summary>librdkafka knows that the topic or partition does not exist.</summary>
    UnknownTopic,

    /// <summary>The cluster does not let this client see or write the topic.</summary>
    NotAuthorized,
}

/// <summary>Permanent errors of a record.</summary>
public enum RecordError
{
    TooLarge,
    UnknownTopic,
    NotAuthorized,
    Invalid,

    /// <summary>Thrown away by <see cref="IRecordProducer.Purge"/> or by the end of the producer: not confirmed, not to be settled.</summary>
    Purged,

    /// <summary>Refused twice, for a reason that is not the record's own as far as the broker tells.</summary>
    Other,
}

/// <summary>A record that could not be written; its spans end with the call.</summary>
public readonly ref struct FailedRecord
{
    public required string KafkaTopic { get; init; }
    public required bool HasKey { get; init; }
    public required ReadOnlySpan<byte> Key { get; init; }
    public required ReadOnlySpan<byte> Value { get; init; }

    /// <summary>The record's headers, copied for the reader to keep or extend.</summary>
    public required RecordHeaderBuffer Headers { get; init; }
}

/// <summary>Which topics exist. Knows them all, from the cluster's metadata, kept fresh in the background.</summary>
public interface ITopicCatalog
{
    /// <summary>True once the cluster has answered; false again while it cannot be reached.</summary>
    bool Reachable { get; }

    /// <summary>Why the cluster is not reached; null when nothing went wrong since it answered.</summary>
    string? LastError { get; }

    /// <summary>Completes at the first answer of the cluster.</summary>
    Task Loaded { get; }

    /// <summary>
    /// Finds a topic by its UTF-8 name without allocating. Any thread; does not block. A miss asks for fresh metadata in
    /// the background, at most once a second.
    /// </summary>
    TopicLookup Find(ReadOnlySpan<byte> name, out KafkaTopic? kafkaTopic);

    /// <summary>Asks for fresh metadata in the background, at most once a second. Any thread; does not block.</summary>
    void Refresh();

    /// <summary>One of the topics that exist, as the cluster said last, is such a one. Any thread; does not block.</summary>
    bool HasAny(Predicate<string> isSuch);

    /// <summary>Creates those that are missing. An error per topic, none when all exist now.</summary>
    Task<IReadOnlyList<string>> CreateMissingAsync(IEnumerable<string> names, CancellationToken cancellationToken);

    /// <summary>Makes a topic, or adds partitions, until it has so many. One that has more stays as it is.</summary>
    /// <param name="settings">Of a topic that is made: Kafka's names.</param>
    /// <returns>Why it has not; null when it has, and the catalog shows it.</returns>
    Task<string?> ProvideAsync(
        string name,
        int partitions,
        IReadOnlyDictionary<string, string> settings,
        CancellationToken cancellationToken
    );
}

public enum TopicLookup
{
    Known,
    Unknown,

    /// <summary>The cluster has never answered: nothing can be said.</summary>
    NotLoaded,
}
