using System.Text;
using Kalinka.Common.Kafka;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Records;

/// <summary>
/// Writes what cannot go its way to the dead-letter topic. A dead letter is never given up: while it cannot be written
/// it is held, and whoever waits for its token goes on waiting. What is held is bounded by the windows of those who
/// wait. Any thread.
/// </summary>
public sealed class DeadLetterWriter : IAsyncDisposable
{
    /// <summary>What is left of a value that does not fit.</summary>
    public const int TruncatedLength = 64 * 1024;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly IRecordProducer _producer;
    private readonly ITopicCatalog _catalog;
    private readonly byte[] _kafkaTopic;
    private readonly byte[] _daemon;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _retry;
    private readonly Lock _lock = new();

    // Below: under the lock.
    private readonly Queue<HeldRecord> _held = new();
    private bool _complained;
    private bool _disposed;

    public DeadLetterWriter(
        IRecordProducer producer,
        ITopicCatalog catalog,
        string kafkaTopic,
        string daemon,
        TimeProvider time,
        ILogger<DeadLetterWriter> logger
    )
    {
        _producer = producer;
        _catalog = catalog;
        KafkaTopic = kafkaTopic;
        _kafkaTopic = Encoding.UTF8.GetBytes(kafkaTopic);
        _daemon = Encoding.UTF8.GetBytes(daemon);
        _time = time;
        _logger = logger;
        _retry = time.CreateTimer(_ => Retry(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The dead-letter topic.</summary>
    public string KafkaTopic { get; }

    /// <summary>Dead letters that wait to be written.</summary>
    public int Held
    {
        get
        {
            lock (_lock)
            {
                return _held.Count;
            }
        }
    }

    /// <summary>
    /// Hands a dead letter to the producer; its delivery report comes with <paramref name="token"/> like any other's.
    /// </summary>
    /// <param name="origin">Broker and MQTT topic, or Kafka topic, partition and offset.</param>
    /// <param name="headers">The record's own; the writer appends its three.</param>
    public void Write(
        string reason,
        ReadOnlySpan<byte> origin,
        bool hasKey,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> value,
        RecordHeaderBuffer headers,
        long token
    )
    {
        headers.Add(HeaderNames.Reason, Encoding.UTF8.GetBytes(reason));
        headers.Add(HeaderNames.Daemon, _daemon);
        headers.Add(HeaderNames.Origin, origin);
        var result = TryProduce(hasKey, key, value, headers, token);
        if (result != ProduceResult.Queued)
        {
            var held = new HeldRecord(hasKey, key, value, headers, token);
            Hold(result == ProduceResult.TooLarge ? held.Truncate() : held);
        }
    }

    /// <summary>A dead letter came back with an error: it is cut if it was too large, and tried again.</summary>
    public void Rewrite(RecordError error, in FailedRecord failed, long token) =>
        Hold(
            error == RecordError.TooLarge
                ? HeldRecord.Truncated(failed, token)
                : new HeldRecord(failed.HasKey, failed.Key, failed.Value, failed.Headers, token)
        );

    /// <summary>Stops trying; a retry that runs is awaited, so that the producer may be disposed next.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _disposed = true;
        }

        await _retry.DisposeAsync();
    }

    private ProduceResult TryProduce(
        bool hasKey,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> value,
        RecordHeaderBuffer headers,
        long token
    )
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        return _catalog.Find(_kafkaTopic, out var kafkaTopic) == TopicLookup.Known
            ? _producer.TryProduce(kafkaTopic!, hasKey, key, value, headers, now, token)
            : ProduceResult.UnknownTopic;
    }

    private void Hold(HeldRecord record)
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _held.Enqueue(record);
            if (!_complained && !record.IsTruncated)
            {
                _complained = true;
                _logger.LogError(
                    "Dead letters cannot be written to {KafkaTopic}; they are held and tried again",
                    KafkaTopic
                );
            }

            _retry.Change(RetryAfter, Timeout.InfiniteTimeSpan);
        }
    }

    private void Retry()
    {
        HeldRecord[] due;
        lock (_lock)
        {
            due = [.. _held];
            _held.Clear();
        }

        foreach (var record in due)
        {
            var result = TryProduce(record.HasKey, record.Key, record.Value, record.Headers, record.Token);
            if (result != ProduceResult.Queued)
            {
                Hold(result == ProduceResult.TooLarge ? record.Truncate() : record);
            }
        }

        lock (_lock)
        {
            _complained &= _held.Count > 0;
        }
    }
}
