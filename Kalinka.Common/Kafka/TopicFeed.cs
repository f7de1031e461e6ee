using Confluent.Kafka;
using Kalinka.Common.Kafka.Native;
using Microsoft.Extensions.Logging;
using ConfluentPartition = Confluent.Kafka.TopicPartition;

namespace Kalinka.Common.Kafka;

/// <summary>
/// Reads one topic from its beginning and on: all partitions, no group, nothing committed. One thread, except where said.
/// </summary>
public sealed class TopicFeed : IDisposable
{
    private readonly string _kafkaTopic;
    private readonly ClientErrors _errors;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly IAdminClient _admin;
    private long[] _positions = [];
    private int _disturbances;
    private int _seen;

    /// <exception cref="KafkaFailureException">The properties make no consumer: see <see cref="KafkaProperties"/>.</exception>
    public TopicFeed(KafkaOptions options, string clientId, string kafkaTopic, ILogger logger, TimeProvider time)
    {
        RdKafkaLibrary.Load(logger);
        _kafkaTopic = kafkaTopic;
        _errors = new ClientErrors(logger, time);
        var properties = ConsumerProperties
            .Of(options, clientId)
            .Concat([
                new("enable.auto.commit", "false"),
                new("enable.partition.eof", "true"),
                new("auto.offset.reset", "earliest"),
            ]);
        _consumer = Build(properties);
        _admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
    }

    /// <summary>What librdkafka last complained of, or null. Any thread.</summary>
    public string? LastError => _errors.Last;

    /// <summary>For each partition the offset that is read next; empty before <see cref="TryOpen"/>.</summary>
    public IReadOnlyList<long> Positions => _positions;

    /// <summary>Begins with all partitions anew; false when the topic is not there or the cluster does not answer in time.</summary>
    public bool TryOpen(TimeSpan timeout)
    {
        try
        {
            var metadata = _admin.GetMetadata(_kafkaTopic, timeout).Topics.Find(topic => topic.Topic == _kafkaTopic);
            if (metadata is null or { Partitions.Count: 0 })
            {
                return false;
            }

            _positions = new long[metadata.Partitions.Count];
            _consumer.Assign(Partitions().Select(each => new TopicPartitionOffset(each, Offset.Beginning)));
            return true;
        }
        catch (KafkaException failure)
        {
            _errors.Report(failure.Error.Code, failure.Error.Reason);
            return false;
        }
    }

    /// <summary>The next record, or false when none came in time; a position may have moved then, too.</summary>
    /// <param name="restarted">The topic was made anew, or cut: what comes now was never read, or is read again.</param>
    /// <exception cref="KafkaFailureException">The consumer cannot go on.</exception>
    public bool TryRead(TimeSpan timeout, out ConsumedRecord record, out bool restarted)
    {
        record = default;
        restarted = false;
        try
        {
            if (_consumer.Consume(timeout) is not { } result)
            {
                return false;
            }

            ref var position = ref _positions[result.Partition.Value];
            restarted = result.Offset.Value < position;
            position = result.IsPartitionEOF ? result.Offset.Value : result.Offset.Value + 1;
            record = result.IsPartitionEOF ? default : new ConsumedRecord(result);
            return !result.IsPartitionEOF;
        }
        catch (KafkaException failure)
        {
            Take(failure.Error);
            return failure.Error.IsFatal ? throw new KafkaFailureException(failure.Error.Reason, failure) : false;
        }
    }

    /// <summary>Where each partition ends, as its leader says now; null when one does not answer in time.</summary>
    public long[]? EndOffsets(TimeSpan timeout)
    {
        try
        {
            return [.. Partitions().Select(each => _consumer.QueryWatermarkOffsets(each, timeout).High.Value)];
        }
        catch (KafkaException failure)
        {
            _errors.Report(failure.Error.Code, failure.Error.Reason);
            return null;
        }
    }

    /// <summary>Something went wrong since the last call: a broker was lost, or a partition.</summary>
    public bool WasDisturbed()
    {
        var before = _seen;
        _seen = Volatile.Read(ref _disturbances);
        return _seen != before;
    }

    /// <summary>All is well again: <see cref="LastError"/> is history. Any thread.</summary>
    public void Clear() => _errors.Clear();

    public void Dispose()
    {
        _admin.Dispose();
        _consumer.Dispose();
    }

    private IEnumerable<ConfluentPartition> Partitions() =>
        Enumerable.Range(0, _positions.Length).Select(number => new ConfluentPartition(_kafkaTopic, number));

    private IConsumer<byte[]?, byte[]?> Build(IEnumerable<KeyValuePair<string, string>> properties)
    {
        try
        {
            return new ConsumerBuilder<byte[]?, byte[]?>(properties)
                .SetErrorHandler((_, error) => Take(error))
                .SetLogHandler((_, line) => _errors.Log((int)line.Level, line.Facility, line.Message))
                .Build();
        }
        catch (Exception refusal) when (refusal is InvalidOperationException or ArgumentException)
        {
            throw new KafkaFailureException(refusal.Message, refusal);
        }
    }

    // Any thread.
    private void Take(Error error)
    {
        _errors.Report(error.Code, error.Reason);
        Interlocked.Increment(ref _disturbances);
    }
}
