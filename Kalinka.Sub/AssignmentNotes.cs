using Kalinka.Common.Kafka;
using Kalinka.Sub.Consuming;

namespace Kalinka.Sub;

/// <summary>Where nothing hangs on having a partition: tells only that some have come.</summary>
internal sealed class AssignmentNotes(Action taken) : IPartitionOwner
{
    public void Take(IReadOnlyList<TopicPartition> partitions) => taken();

    public Task LetGo(IReadOnlyList<TopicPartition> partitions) => Task.CompletedTask;
}
