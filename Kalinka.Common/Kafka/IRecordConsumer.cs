namespace Kalinka.Common.Kafka;

/// <summary>A member of a consumer group. All calls on the one thread that consumes, except where said.</summary>
public interface IRecordConsumer : IDisposable
{
    /// <summary>Topic names, or patterns that begin with <c>^</c>. New topics that match are joined when they appear.</summary>
    void Subscribe(IReadOnlyCollection<string> topicsAndPatterns);

    /// <summary>
    /// The next record, or false when none came in time. Rebalance events are handed to
    /// <see cref="IAssignmentHandler"/> within this call.
    /// </summary>
    /// <exception cref="KafkaFailureException">The consumer cannot go on.</exception>
    bool TryConsume(TimeSpan timeout, out ConsumedRecord consumed);

    void Pause(TopicPartition partition);

    void Resume(TopicPartition partition);

    /// <summary>
    /// Stores the offset to go on from; committed every 500 ms and on revocation. Any thread. False when the partition
    /// is no longer ours.
    /// </summary>
    bool Store(TopicPartition partition, long nextOffset);

    /// <summary>Commits what is stored, now. False when Kafka refuses it (the group has gone on) or cannot be asked.</summary>
    bool Commit();

    /// <summary>
    /// Commits where a partition goes on, to learn whether the group still takes it from us. Any thread; blocks until
    /// Kafka has answered. False when it refuses (the group has gone on) or cannot be asked.
    /// </summary>
    /// <param name="nextOffset">The watermark; -1 when nothing is settled yet, and what is committed is committed again.</param>
    bool Confirm(TopicPartition partition, long nextOffset);

    /// <summary>
    /// How many records of a topic's partitions the group has not committed, from partition 0. Any thread; blocks.
    /// Null when Kafka cannot be asked.
    /// </summary>
    IReadOnlyList<long>? ReadLag(string kafkaTopic, int partitions);

    /// <summary>
    /// Looks at the cluster's topics now, and joins anew when partitions have come. Any thread; blocks until Kafka has
    /// answered, or for 2 s.
    /// </summary>
    void Refresh();

    /// <summary>Sets the position, of an assigned partition, back to an offset.</summary>
    void Seek(TopicPartition partition, long offset);

    /// <summary>Leaves the group: revocation, final commit.</summary>
    void Close();
}

/// <summary>A partition of an application topic.</summary>
public readonly record struct TopicPartition(string KafkaTopic, int Partition)
{
    /// <summary>As Kafka's own tools write it: <c>topic-0</c>.</summary>
    public override string ToString() => $"{KafkaTopic}-{Partition}";
}

/// <summary>Rebalance, within <see cref="IRecordConsumer.TryConsume"/>. Must not throw.</summary>
public interface IAssignmentHandler
{
    void OnAssigned(IReadOnlyList<TopicPartition> partitions);

    /// <summary>Still ours until the call returns: the last moment to store offsets.</summary>
    void OnRevoked(IReadOnlyList<TopicPartition> partitions);

    /// <summary>Already someone else's: nothing may be stored.</summary>
    void OnLost(IReadOnlyList<TopicPartition> partitions);
}

/// <summary>Kafka cannot be used any further by this object.</summary>
public sealed class KafkaFailureException(string message, Exception? inner = null) : Exception(message, inner);
