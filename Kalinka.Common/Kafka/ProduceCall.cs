using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Confluent.Kafka;
using Kalinka.Common.Kafka.Native;

namespace Kalinka.Common.Kafka;

/// <summary>The arguments of one <c>rd_kafka_produceva</c>, in memory that a thread uses again for its next call.</summary>
internal sealed unsafe class ProduceCall
{
    /// <summary>Topic, partition, flags, timestamp, opaque, value and key.</summary>
    private const int FixedArguments = 7;

    [ThreadStatic]
    private static ProduceCall? _ofThisThread;

    private ProduceArgument[] _arguments = Pinned<ProduceArgument>(32);
    private byte[] _names = Pinned<byte>(1024);
    private int _count;

    public static ProduceCall OfThisThread => _ofThisThread ??= new ProduceCall();

    /// <summary>Everything is copied by librdkafka within the call.</summary>
    public ErrorCode Send(
        nint client,
        nint kafkaTopic,
        int partition,
        bool hasKey,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> value,
        RecordHeaderBuffer headers,
        long timestampMs,
        long token,
        bool hasValue = true
    )
    {
        Reserve(headers);
        _count = 0;
        Append(ProduceArgument.Topic(kafkaTopic));
        Append(ProduceArgument.Partition(partition));
        Append(ProduceArgument.Copy());
        Append(ProduceArgument.Timestamp(timestampMs));
        Append(ProduceArgument.Opaque(token));
        fixed (byte* keyBytes = &MemoryMarshal.GetReference(key))
        fixed (byte* valueBytes = &MemoryMarshal.GetReference(value))
        fixed (byte* headerBlock = &Block(headers))
        {
            if (hasValue)
            {
                Append(ProduceArgument.Value(NotNull(valueBytes), value.Length));
            }

            if (hasKey)
            {
                Append(ProduceArgument.Key(NotNull(keyBytes), key.Length));
            }

            AppendHeaders(headers);
            return Call(client);
        }
    }

    private static T[] Pinned<T>(int length)
        where T : unmanaged => GC.AllocateUninitializedArray<T>(length, pinned: true);

    /// <summary>The buffer keeps all its parts in one array: holding one of them in place holds them all.</summary>
    private static ref byte Block(RecordHeaderBuffer headers) =>
        ref headers.Count == 0 ? ref Unsafe.NullRef<byte>() : ref MemoryMarshal.GetReference(headers.Name(0));

    private void Reserve(RecordHeaderBuffer headers)
    {
        if (_arguments.Length < headers.Count + FixedArguments)
        {
            _arguments = Pinned<ProduceArgument>((headers.Count + FixedArguments) * 2);
        }

        if (_names.Length < headers.Length + headers.Count)
        {
            _names = Pinned<byte>((headers.Length + headers.Count) * 2);
        }
    }

    private void Append(in ProduceArgument argument) => _arguments[_count++] = argument;

    private void AppendHeaders(RecordHeaderBuffer headers)
    {
        var nameEnd = 0;
        for (var index = 0; index < headers.Count; index++)
        {
            var name = headers.Name(index);
            var value = headers.Value(index);
            var nameStart = nameEnd;
            name.CopyTo(_names.AsSpan(nameStart));
            nameEnd += name.Length;
            _names[nameEnd++] = 0;
            var valueBytes = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(value));
            Append(ProduceArgument.Header(PinnedAddress(_names) + nameStart, valueBytes, value.Length));
        }
    }

    /// <summary>To librdkafka a null pointer is a null key or value, which an empty one is not.</summary>
    private byte* NotNull(byte* bytes) => bytes is null ? PinnedAddress(_names) : bytes;

    private ErrorCode Call(nint client)
    {
        var error = LibRdKafka.Produce(
            client,
            (ProduceArgument*)PinnedAddress(MemoryMarshal.AsBytes(_arguments.AsSpan())),
            (nuint)_count
        );
        if (error == 0)
        {
            return ErrorCode.NoError;
        }

        var code = LibRdKafka.ErrorCodeOf(error);
        LibRdKafka.ErrorDestroy(error);
        return code;
    }

    private static byte* PinnedAddress(Span<byte> pinned) =>
        (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(pinned));
}
