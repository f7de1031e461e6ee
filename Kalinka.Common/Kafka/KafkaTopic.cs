namespace Kalinka.Common.Kafka;

/// <summary>A topic that exists, with what the producer needs to write to it without looking it up again.</summary>
/// <param name="name">The topic's name.</param>
/// <param name="partitionCount">Partitions when it was last asked for.</param>
/// <param name="handle">librdkafka's topic object; zero in tests.</param>
public sealed class KafkaTopic(string name, int partitionCount, nint handle)
{
    public string Name => name;

    public int PartitionCount { get; internal set; } = partitionCount;

    internal nint Handle => handle;
}
