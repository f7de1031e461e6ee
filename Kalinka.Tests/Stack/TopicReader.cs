using Confluent.Kafka;

namespace Kalinka.Tests.Stack;

/// <summary>Reads a topic from its beginning with Confluent.Kafka, outside any group.</summary>
internal static class TopicReader
{
    /// <summary>Where the only partition of a topic ends: how many records it has.</summary>
    public static int Count(string bootstrapServers, string kafkaTopic)
    {
        using var consumer = new ConsumerBuilder<byte[]?, byte[]?>(
            new ConsumerConfig { BootstrapServers = bootstrapServers, GroupId = "reader" }
        )
            .SetErrorHandler((_, _) => { })
            .SetLogHandler((_, _) => { })
            .Build();
        try
        {
            var partition = new TopicPartition(kafkaTopic, 0);
            return (int)consumer.QueryWatermarkOffsets(partition, TimeSpan.FromSeconds(5)).High.Value;
        }
        catch (KafkaException)
        {
            return 0; // Not up again.
        }
    }

    /// <summary>The first records of a topic in the order of their partitions' offsets.</summary>
    /// <exception cref="AssertionException">Fewer came in time.</exception>
    public static List<ConsumeResult<byte[]?, byte[]?>> Read(
        string bootstrapServers,
        string kafkaTopic,
        int partitions,
        int count,
        TimeSpan within
    )
    {
        using var consumer = new ConsumerBuilder<byte[]?, byte[]?>(
            new ConsumerConfig
            {
                BootstrapServers = bootstrapServers,
                GroupId = "reader",
                EnableAutoCommit = false,
            }
        ).Build();
        consumer.Assign(
            Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(kafkaTopic, p, Offset.Beginning))
        );
        using var deadline = new CancellationTokenSource(within);
        var records = new List<ConsumeResult<byte[]?, byte[]?>>();
        try
        {
            while (records.Count < count)
            {
                records.Add(consumer.Consume(deadline.Token));
            }
        }
        catch (OperationCanceledException)
        {
            throw new AssertionException($"{records.Count} of {count} records of {kafkaTopic} within {within}");
        }

        return records;
    }
}
