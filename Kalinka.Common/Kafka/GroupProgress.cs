using Confluent.Kafka;
using ConfluentPartition = Confluent.Kafka.TopicPartition;

namespace Kalinka.Common.Kafka;

/// <summary>How far a consumer's group is. Any thread; blocks.</summary>
internal sealed class GroupProgress(IConsumer<byte[]?, byte[]?> consumer)
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);

    /// <summary>Where the group would begin: what is committed, else the first record there is.</summary>
    /// <exception cref="KafkaException">Kafka did not answer.</exception>
    public Offset WhereToBegin(ConfluentPartition partition)
    {
        var committed = consumer.Committed([partition], AnswerWithin)[0].Offset;
        return committed.IsSpecial ? consumer.QueryWatermarkOffsets(partition, AnswerWithin).Low : committed;
    }

    /// <summary>What is between the committed offsets and the ends. What retention has taken away is not behind.</summary>
    /// <exception cref="KafkaException">Kafka did not answer.</exception>
    public IReadOnlyList<long> ReadLag(string kafkaTopic, int partitions)
    {
        var asked = Enumerable.Range(0, partitions).Select(number => new ConfluentPartition(kafkaTopic, number));
        return [.. consumer.Committed(asked, AnswerWithin).Select(Behind)];
    }

    private long Behind(TopicPartitionOffset committed)
    {
        var there = consumer.QueryWatermarkOffsets(committed.TopicPartition, AnswerWithin);
        var next = committed.Offset.IsSpecial ? there.Low.Value : Math.Max(committed.Offset.Value, there.Low.Value);
        return Math.Max(there.High.Value - next, 0);
    }
}
