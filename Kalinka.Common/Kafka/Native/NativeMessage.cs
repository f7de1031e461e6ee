using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace Kalinka.Common.Kafka.Native;

/// <summary><c>rd_kafka_message_t</c> as a delivery report shows it; it lives as long as the report's event.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeMessage
{
    public ErrorCode Error;
    public nint Topic;
    public int Partition;
    public byte* ValueBytes;
    public nuint ValueLength;
    public byte* KeyBytes;
    public nuint KeyLength;
    public long Offset;

    /// <summary>The opaque of the message: our token.</summary>
    public nint Token;

    public readonly bool HasValue => ValueBytes is not null;

    public readonly bool HasKey => KeyBytes is not null;

    public readonly ReadOnlySpan<byte> Key => new(KeyBytes, (int)KeyLength);

    public readonly ReadOnlySpan<byte> Value => new(ValueBytes, (int)ValueLength);

    public readonly string TopicName => NativeText.Read(LibRdKafka.TopicName(Topic));

    public static RecordHeaderBuffer CopyHeaders(NativeMessage* message)
    {
        var copy = new RecordHeaderBuffer();
        if (LibRdKafka.MessageHeaders(message, out var headers) != ErrorCode.NoError)
        {
            return copy;
        }

        for (
            nuint index = 0;
            LibRdKafka.HeaderGetAll(headers, index, out var name, out var value, out var size) == ErrorCode.NoError;
            index++
        )
        {
            copy.Add(NativeText.Bytes(name), new ReadOnlySpan<byte>(value, (int)size));
        }

        return copy;
    }
}
