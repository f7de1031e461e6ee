using Confluent.Kafka;
using Kalinka.Common.Kafka.Native;
using Microsoft.Extensions.Logging;
using ConfluentPartition = Confluent.Kafka.TopicPartition;

namespace Kalinka.Common.Kafka;

/// <summary>A group member on Confluent.Kafka, with cooperative rebalancing (KIP-429).</summary>
public sealed class RecordConsumer : IRecordConsumer
{
    private static readonly TimeSpan LetOthersEnd = TimeSpan.FromSeconds(12);

    // Any thread.
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly ClientErrors _errors;
    private readonly BrokerProbe _probe;
    private readonly GroupProgress _progress;
    private readonly HandleUse _use = new();
    private readonly ILogger _logger;
    private volatile string? _fatal;

    // The thread that consumes.
    private readonly RebalanceRelay _rebalance;

    /// <param name="clientId">Names this client to the brokers, unless <c>client.id</c> is configured.</param>
    /// <exception cref="KafkaFailureException">The properties make no consumer: see <see cref="KafkaProperties"/>.</exception>
    public RecordConsumer(
        KafkaOptions options,
        string clientId,
        IAssignmentHandler handler,
        ILogger logger,
        TimeProvider? time = null,
        FetchPace pace = FetchPace.Gathering
    )
    {
        RdKafkaLibrary.Load(logger);
        _logger = logger;
        _errors = new ClientErrors(logger, time ?? TimeProvider.System);
        _rebalance = new RebalanceRelay(handler);
        _consumer = Build(ConsumerProperties.Of(options, clientId, pace));
        _progress = new GroupProgress(_consumer);
        _probe = new BrokerProbe(_consumer.Handle, time ?? TimeProvider.System, _errors.Clear);
    }

    /// <summary>A broker answers.</summary>
    public bool IsReachable => _probe.Reachable;

    /// <summary>The group has given this member an assignment, be it an empty one.</summary>
    public bool Joined => _rebalance.Joined;

    /// <summary>What librdkafka last complained of, or null.</summary>
    public string? LastError => _errors.Last;

    public void Subscribe(IReadOnlyCollection<string> topicsAndPatterns) => _consumer.Subscribe(topicsAndPatterns);

    public bool TryConsume(TimeSpan timeout, out ConsumedRecord consumed)
    {
        var result = Poll(timeout);
        ThrowIfFailed();
        var isRecord = result is { IsPartitionEOF: false };
        consumed = isRecord ? new ConsumedRecord(result!) : default;
        return isRecord;
    }

    public void Pause(TopicPartition partition) => UnlessGone(() => _consumer.Pause([Native(partition)]));

    public void Resume(TopicPartition partition) => UnlessGone(() => _consumer.Resume([Native(partition)]));

    public bool Store(TopicPartition partition, long nextOffset)
    {
        try
        {
            _consumer.StoreOffset(new TopicPartitionOffset(Native(partition), nextOffset));
            return true;
        }
        catch (KafkaException refusal) when (IsNotOurs(refusal.Error.Code))
        {
            return false;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    public bool Commit()
    {
        try
        {
            _consumer.Commit();
            return true;
        }
        catch (KafkaException nothing) when (nothing.Error.Code == ErrorCode.Local_NoOffset)
        {
            return true;
        }
        catch (KafkaException refusal)
        {
            _logger.LogWarning("Kafka does not take the commit: {Reason}", refusal.Error.Reason);
            return false;
        }
    }

    public bool Confirm(TopicPartition partition, long nextOffset)
    {
        if (!_use.TryEnter())
        {
            return false;
        }

        try
        {
            var native = Native(partition);
            var offset = nextOffset >= 0 ? new Offset(nextOffset) : _progress.WhereToBegin(native);
            _consumer.Commit([new TopicPartitionOffset(native, offset)]);
            return true;
        }
        catch (KafkaException refusal)
        {
            _logger.LogDebug("{Partition} is not confirmed: {Reason}", partition, refusal.Error.Reason);
            return false;
        }
        finally
        {
            _use.Leave();
        }
    }

    public IReadOnlyList<long>? ReadLag(string kafkaTopic, int partitions)
    {
        if (!_use.TryEnter())
        {
            return null;
        }

        try
        {
            return _progress.ReadLag(kafkaTopic, partitions);
        }
        catch (KafkaException)
        {
            return null;
        }
        finally
        {
            _use.Leave();
        }
    }

    public void Refresh()
    {
        if (_use.TryEnter())
        {
            _probe.Look();
            _use.Leave();
        }
    }

    public void Seek(TopicPartition partition, long offset)
    {
        try
        {
            _consumer.Seek(new TopicPartitionOffset(Native(partition), offset));
        }
        catch (KafkaException refusal)
        {
            throw new KafkaFailureException($"No seek to {partition} {offset}: {refusal.Error.Reason}", refusal);
        }
    }

    public void Close()
    {
        // Closing destroys the handle.
        if (!_use.Close(LetOthersEnd))
        {
            _logger.LogWarning(
                "The group is not left: Kafka still owes an answer. It notices after the session time-out"
            );
            return;
        }

        try
        {
            _consumer.Close();
        }
        catch (KafkaException failure)
        {
            _logger.LogWarning("The group was not left in order: {Reason}", failure.Error.Reason);
        }
    }

    public void Dispose()
    {
        _probe.Dispose();
        if (_use.Close(LetOthersEnd))
        {
            _consumer.Dispose();
        }
    }

    private static ConfluentPartition Native(TopicPartition partition) =>
        new(partition.KafkaTopic, partition.Partition);

    private static bool IsNotOurs(ErrorCode code) =>
        code is ErrorCode.Local_State or ErrorCode.Local_UnknownPartition or ErrorCode.Local_UnknownTopic;

    // A topic can be deleted, or forgotten for a moment, before its partitions are taken away.
    private static void UnlessGone(Action act)
    {
        try
        {
            act();
        }
        catch (TopicPartitionException refusal) when (refusal.Results.TrueForAll(each => IsNotOurs(each.Error.Code)))
        { }
    }

    private IConsumer<byte[]?, byte[]?> Build(IEnumerable<KeyValuePair<string, string>> properties)
    {
        try
        {
            return new ConsumerBuilder<byte[]?, byte[]?>(properties)
                .SetPartitionsAssignedHandler((_, partitions) => _rebalance.Assigned(partitions))
                .SetPartitionsRevokedHandler((_, offsets) => _rebalance.Revoked(offsets.Select(o => o.TopicPartition)))
                .SetPartitionsLostHandler((_, offsets) => _rebalance.Lost(offsets.Select(o => o.TopicPartition)))
                .SetErrorHandler((_, error) => Take(error))
                .SetLogHandler((_, line) => _errors.Log((int)line.Level, line.Facility, line.Message))
                .Build();
        }
        catch (Exception refusal) when (refusal is InvalidOperationException or ArgumentException)
        {
            throw new KafkaFailureException(refusal.Message, refusal);
        }
    }

    private ConsumeResult<byte[]?, byte[]?>? Poll(TimeSpan timeout)
    {
        try
        {
            return _consumer.Consume(timeout);
        }
        catch (KafkaException failure)
        {
            Take(failure.Error);
            return null;
        }
    }

    /// <summary>
    /// A topic that does not exist may be made later. Without a valid offset, and told not to choose one, a partition
    /// would stand still without a word.
    /// </summary>
    private void Take(Error error)
    {
        if (error.IsFatal || error.Code == ErrorCode.Local_AutoOffsetReset)
        {
            _fatal = error.Reason;
        }
        else if (error.Code is not (ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic))
        {
            _errors.Report(error.Code, error.Reason);
        }

        if (error.Code == ErrorCode.Local_AllBrokersDown)
        {
            _probe.Lost();
        }
    }

    private void ThrowIfFailed()
    {
        if (_rebalance.Failure is { } failure)
        {
            throw new KafkaFailureException("The handler of assignments has failed", failure);
        }

        if (_fatal is { } reason)
        {
            throw new KafkaFailureException(reason);
        }
    }
}
