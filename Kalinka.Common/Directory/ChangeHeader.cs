using System.Buffers.Binary;

namespace Kalinka.Common.Directory;

/// <summary>
/// What a record of the directory's topic says about itself: three numbers of eight bytes, big-endian, in the header
/// <c>kalinka-change</c>. A record without it is a stranger's, and unconditional.
/// </summary>
/// <param name="Writer">A random number of whoever wrote it.</param>
/// <param name="Sequence">The writer's own number of the change.</param>
/// <param name="Known">The version of the entry that the writer knew; -1 when it knew none.</param>
internal readonly record struct ChangeHeader(long Writer, long Sequence, long Known)
{
    public const int Size = 24;

    /// <summary>The change is made whatever is there.</summary>
    public const long Whatever = long.MaxValue;

    public static ReadOnlySpan<byte> Name => "kalinka-change"u8;

    public static ChangeHeader Read(ReadOnlySpan<byte> bytes) =>
        bytes.Length == Size
            ? new ChangeHeader(
                BinaryPrimitives.ReadInt64BigEndian(bytes),
                BinaryPrimitives.ReadInt64BigEndian(bytes[8..]),
                BinaryPrimitives.ReadInt64BigEndian(bytes[16..])
            )
            : new ChangeHeader(0, 0, Whatever);

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt64BigEndian(bytes, Writer);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], Sequence);
        BinaryPrimitives.WriteInt64BigEndian(bytes[16..], Known);
    }
}
