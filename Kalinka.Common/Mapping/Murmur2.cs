using System.Buffers.Binary;

namespace Kalinka.Common.Mapping;

/// <summary>
/// Kafka's murmur2 (<c>org.apache.kafka.common.utils.Utils.murmur2</c>), with its seed: what Java producers place keys by.
/// </summary>
public static class Murmur2
{
    private const uint Multiplier = 0x5BD1_E995;
    private const uint Seed = 0x9747_B28C;

    public static int Hash(ReadOnlySpan<byte> data)
    {
        var hash = Seed ^ (uint)data.Length;
        for (; data.Length >= sizeof(uint); data = data[sizeof(uint)..])
        {
            hash = (hash * Multiplier) ^ Mix(BinaryPrimitives.ReadUInt32LittleEndian(data));
        }

        if (!data.IsEmpty)
        {
            hash = (hash ^ Tail(data)) * Multiplier;
        }

        hash = (hash ^ (hash >> 13)) * Multiplier;
        return (int)(hash ^ (hash >> 15));
    }

    /// <summary>The hash without its sign, modulo <paramref name="count"/> (1 or more), as Kafka's partitioner takes it.</summary>
    public static int Modulo(ReadOnlySpan<byte> data, int count) => (Hash(data) & int.MaxValue) % count;

    private static uint Mix(uint word)
    {
        word *= Multiplier;
        return (word ^ (word >> 24)) * Multiplier;
    }

    private static uint Tail(ReadOnlySpan<byte> data)
    {
        var tail = 0U;
        for (var index = 0; index < data.Length; index++)
        {
            tail |= (uint)data[index] << (8 * index);
        }

        return tail;
    }
}
