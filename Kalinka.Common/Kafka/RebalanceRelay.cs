using ConfluentPartition = Confluent.Kafka.TopicPartition;

namespace Kalinka.Common.Kafka;

/// <summary>
/// Passes rebalance events on, and keeps what the handler throws: within librdkafka's callback an exception would cost
/// the record that has just been fetched. All on the thread that consumes.
/// </summary>
internal sealed class RebalanceRelay(IAssignmentHandler handler)
{
    private volatile bool _joined;

    /// <summary>Any thread.</summary>
    public bool Joined => _joined;

    /// <summary>What a handler threw; the consumer cannot go on then.</summary>
    public Exception? Failure { get; private set; }

    public void Assigned(IEnumerable<ConfluentPartition> partitions)
    {
        Pass(handler.OnAssigned, partitions);
        _joined = true;
    }

    public void Revoked(IEnumerable<ConfluentPartition> partitions) => Pass(handler.OnRevoked, partitions);

    public void Lost(IEnumerable<ConfluentPartition> partitions)
    {
        _joined = false;
        Pass(handler.OnLost, partitions);
    }

    private void Pass(Action<IReadOnlyList<TopicPartition>> pass, IEnumerable<ConfluentPartition> partitions)
    {
        try
        {
            pass([.. partitions.Select(partition => new TopicPartition(partition.Topic, partition.Partition.Value))]);
        }
        catch (Exception failure)
        {
            Failure ??= failure;
        }
    }
}
