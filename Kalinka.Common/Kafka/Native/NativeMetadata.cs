using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace Kalinka.Common.Kafka.Native;

/// <summary><c>rd_kafka_metadata_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeMetadata
{
    public int BrokerCount;
    public nint Brokers;
    public int TopicCount;
    public NativeTopic* Topics;
    public int OriginBrokerId;
    public nint OriginBrokerName;
}

/// <summary><c>rd_kafka_metadata_topic_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeTopic
{
    public byte* Name;
    public int PartitionCount;
    public nint Partitions;
    public ErrorCode Error;
}
