using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace Kalinka.Common.Kafka.Native;

/// <summary><c>rd_kafka_message_t</c> as a delivery report shows it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeMessage
{
    public ErrorCode Error;
    public nint Topic;
    public int Partition;
    public byte* Value;
    public nuint ValueLength;
    public byte* Key;
    public nuint KeyLength;
    public long Offset;

    /// <summary>The opaque of the message: our token.</summary>
    public nint Token;
}
