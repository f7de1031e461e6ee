using Kalinka.Common.Kafka;

namespace Kalinka.Sub.Consuming;

/// <summary>What hangs on having a partition. On the thread that consumes.</summary>
internal interface IPartitionOwner
{
    /// <summary>These are ours from now on.</summary>
    void Take(IReadOnlyList<TopicPartition> partitions);

    /// <summary>
    /// These are given back, or are someone else's already. Completes when nothing that hangs on them is left; must come
    /// to its end within the group's session time-out.
    /// </summary>
    Task LetGo(IReadOnlyList<TopicPartition> partitions);
}
