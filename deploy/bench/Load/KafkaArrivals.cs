using Confluent.Kafka;

namespace Kalinka.Bench.Load;

/// <summary>Reads a topic from its present end on.</summary>
internal sealed class KafkaArrivals : IAsyncDisposable
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);
    private readonly IConsumer<Ignore, byte[]> _consumer;
    private readonly Arrivals _arrivals;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TopicPartition[] _partitions;
    private readonly Task _reading;

    public KafkaArrivals(string bootstrapServers, string kafkaTopic, int partitions, Arrivals arrivals)
    {
        _arrivals = arrivals;
        _consumer = new ConsumerBuilder<Ignore, byte[]>(
            new ConsumerConfig
            {
                BootstrapServers = bootstrapServers,
                GroupId = "bench-arrivals",
                EnableAutoCommit = false,
            }
        ).Build();
        _partitions = [.. Enumerable.Range(0, partitions).Select(n => new TopicPartition(kafkaTopic, n))];
        _consumer.Assign(
            _partitions.Select(partition => new TopicPartitionOffset(partition, HighWatermark(partition)))
        );
        _reading = Task.Factory.StartNew(Read, TaskCreationOptions.LongRunning);
    }

    /// <summary>Records in the topic, by its offsets.</summary>
    public long Written() => _partitions.Sum(partition => HighWatermark(partition).Value);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _reading;
        _consumer.Dispose();
        _stopping.Dispose();
    }

    // A topic that has just been made may have no leader yet.
    private Offset HighWatermark(TopicPartition partition)
    {
        for (var deadline = Environment.TickCount64 + (long)AnswerTimeout.TotalMilliseconds; ; )
        {
            try
            {
                return _consumer.QueryWatermarkOffsets(partition, AnswerTimeout).High;
            }
            catch (KafkaException refused)
                when (refused.Error.Code is ErrorCode.NotLeaderForPartition or ErrorCode.LeaderNotAvailable
                    && Environment.TickCount64 < deadline
                )
            {
                _consumer.Consume(TimeSpan.FromMilliseconds(100));
            }
        }
    }

    private void Read()
    {
        while (!_stopping.IsCancellationRequested)
        {
            if (_consumer.Consume(TimeSpan.FromMilliseconds(100)) is { } record)
            {
                _arrivals.Note(record.Message.Value);
            }
        }
    }
}
