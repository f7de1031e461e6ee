using System.Collections.Concurrent;
using System.Text;
using Kalinka.Common.Kafka;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Directory;

/// <summary>
/// Writes changes into the directory's topic. What became of one is known when it has been read back: the follower tells.
/// Its producer is made when the first change comes. Any thread.
/// </summary>
internal sealed class TopicWriter(
    KafkaOptions options,
    string clientId,
    string kafkaTopic,
    ILoggerFactory loggers,
    TimeProvider time
) : IDeliveryReports, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly byte[] _topicName = Encoding.UTF8.GetBytes(kafkaTopic);
    private readonly ConcurrentDictionary<long, (ChangeBatch Batch, int Index)> _pending = new();
    private readonly Lock _gate = new();

    // Under the lock.
    private readonly RecordHeaderBuffer _headers = new();
    private readonly byte[] _header = new byte[ChangeHeader.Size];
    private RecordProducer? _producer;
    private TopicCatalog? _catalog;
    private bool _disposed;

    private long _sequence;

    /// <summary>In the header of all that it writes.</summary>
    public long Id { get; } = Random.Shared.NextInt64(1, long.MaxValue);

    /// <summary>Writes one change; its outcome goes to the batch. Waits while the producer is full or Kafka away.</summary>
    /// <exception cref="KafkaFailureException">The cluster does not take it.</exception>
    public async Task WriteAsync(
        LocationChange change,
        long known,
        ChangeBatch? batch,
        int index,
        CancellationToken cancellationToken
    )
    {
        var sequence = Interlocked.Increment(ref _sequence);
        var topic = await TopicAsync(cancellationToken);
        var value =
            change.Kind == LocationChangeKind.Remove ? null : LocationData.Write(change.Broker!, change.Details);
        if (batch is not null)
        {
            _pending[sequence] = (batch, index);
        }

        try
        {
            while (true)
            {
                var result = Produce(topic, change.ClientId.Span, value, new ChangeHeader(Id, sequence, known));
                if (result == ProduceResult.Queued || IsRefused(result, sequence))
                {
                    return;
                }

                await Task.Delay(Pause, time, cancellationToken);
            }
        }
        catch
        {
            _pending.TryRemove(sequence, out _);
            throw;
        }
    }

    /// <summary>A record of this writer was read back.</summary>
    public void OnRead(long sequence, LogVerdict verdict)
    {
        if (_pending.TryRemove(sequence, out var pending))
        {
            pending.Batch.Settle(pending.Index, Outcome(verdict));
        }
    }

    public void OnDelivered(ReadOnlySpan<long> tokens)
    {
        // Not yet known what it came upon: the follower reads it back.
    }

    public void OnFailed(long token, RecordError error, string description, in FailedRecord failed)
    {
        if (!_pending.TryRemove(token, out var pending))
        {
            return;
        }

        if (error is RecordError.TooLarge or RecordError.Invalid)
        {
            pending.Batch.Settle(pending.Index, ChangeOutcome.Rejected);
        }
        else
        {
            pending.Batch.Fail(new KafkaFailureException($"{kafkaTopic}: {description}"));
        }
    }

    public void OnFatal(string description)
    {
        foreach (var (sequence, pending) in _pending)
        {
            _pending.TryRemove(sequence, out _);
            pending.Batch.Fail(new KafkaFailureException(description));
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _catalog?.Dispose();
            _producer?.Flush(TimeSpan.FromSeconds(1));
            _producer?.Dispose();
        }
    }

    private static ChangeOutcome Outcome(LogVerdict verdict) =>
        verdict switch
        {
            LogVerdict.Applied => ChangeOutcome.Done,
            LogVerdict.Refused => ChangeOutcome.Changed,
            _ => ChangeOutcome.Rejected,
        };

    private async Task<KafkaTopic> TopicAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (Catalog().Find(_topicName, out var topic) == TopicLookup.Known)
            {
                return topic!;
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private TopicCatalog Catalog()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _producer ??= new RecordProducer(options, clientId, this, loggers.CreateLogger<RecordProducer>(), time);
            return _catalog ??= new TopicCatalog(_producer, options, clientId, loggers.CreateLogger<TopicCatalog>());
        }
    }

    private ProduceResult Produce(
        KafkaTopic topic,
        ReadOnlySpan<byte> clientIdentifier,
        byte[]? value,
        ChangeHeader header
    )
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            header.Write(_header);
            _headers.Clear();
            _headers.Add(ChangeHeader.Name, _header);
            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            return value is null
                ? _producer!.TryProduceTombstone(topic, clientIdentifier, _headers, now, header.Sequence)
                : _producer!.TryProduce(topic, hasKey: true, clientIdentifier, value, _headers, now, header.Sequence);
        }
    }

    /// <summary>False when it may be tried again.</summary>
    private bool IsRefused(ProduceResult result, long sequence)
    {
        if (result is ProduceResult.NotAuthorized or ProduceResult.UnknownTopic)
        {
            throw new KafkaFailureException($"{kafkaTopic}: {result}");
        }

        if (result != ProduceResult.TooLarge)
        {
            return false;
        }

        OnRead(sequence, LogVerdict.Ignored);
        return true;
    }
}
