using System.Runtime.InteropServices;

namespace Kalinka.Common.Kafka.Native;

/// <summary><c>rd_kafka_vu_t</c>: one argument of <c>rd_kafka_produceva</c>, a tag and a union of 64 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
internal unsafe struct ProduceArgument
{
    /// <summary><c>RD_KAFKA_MSG_F_COPY</c>: the value is copied before the call returns.</summary>
    private const long CopyFlag = 0x2;

    [FieldOffset(0)]
    private int _type;

    [FieldOffset(8)]
    private long _first;

    [FieldOffset(16)]
    private long _second;

    [FieldOffset(24)]
    private long _third;

    public static ProduceArgument Topic(nint handle) => new() { _type = 2, _first = handle };

    /// <param name="number">-1: the partitioner chooses.</param>
    public static ProduceArgument Partition(int number) => new() { _type = 3, _first = number };

    public static ProduceArgument Value(byte* bytes, int length) =>
        new()
        {
            _type = 4,
            _first = (long)bytes,
            _second = length,
        };

    public static ProduceArgument Key(byte* bytes, int length) =>
        new()
        {
            _type = 5,
            _first = (long)bytes,
            _second = length,
        };

    public static ProduceArgument Opaque(long token) => new() { _type = 6, _first = token };

    public static ProduceArgument Copy() => new() { _type = 7, _first = CopyFlag };

    public static ProduceArgument Timestamp(long unixMs) => new() { _type = 8, _first = unixMs };

    /// <param name="name">Ends with a NUL.</param>
    public static ProduceArgument Header(byte* name, byte* value, int length) =>
        new()
        {
            _type = 9,
            _first = (long)name,
            _second = (long)value,
            _third = length,
        };
}
