namespace Kalinka.Common.Kafka;

/// <summary>A topic that exists, with what the producer needs to write to it without looking it up again.</summary>
/// <param name="name">The topic's name.</param>
/// <param name="partitionCount">Partitions when it was last asked for.</param>
/// <param name="handle">librdkafka's topic object; zero in tests.</param>
public sealed class KafkaTopic(string name, int partitionCount, nint handle)
{
    /// <summary>The partitioner chooses.</summary>
    internal const int AnyPartition = -1;

    private KafkaTopic[] _partitions = [];

    public string Name => name;

    /// <summary>Where records are written to; -1: the partitioner chooses by their key.</summary>
    public int Partition { get; private init; } = AnyPartition;

    public int PartitionCount { get; internal set; } = partitionCount;

    internal nint Handle => handle;

    /// <summary>The same topic, for records that are meant for one partition whatever their key. Allocates once for each. One thread.</summary>
    /// <param name="partition">From 0, below <see cref="PartitionCount"/>.</param>
    public KafkaTopic On(int partition)
    {
        if (partition >= _partitions.Length)
        {
            Array.Resize(ref _partitions, Math.Max(partition + 1, PartitionCount));
        }

        return _partitions[partition] ??= new KafkaTopic(name, PartitionCount, handle) { Partition = partition };
    }
}
