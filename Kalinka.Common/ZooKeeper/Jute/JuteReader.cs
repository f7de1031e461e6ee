using System.Buffers.Binary;
using System.Text;

namespace Kalinka.Common.ZooKeeper.Jute;

/// <summary>
/// Reads jute, ZooKeeper's serialization: big-endian numbers, and lengths before strings, buffers and vectors. Bytes
/// that are no such record are an <see cref="InvalidDataException"/>; no length is believed that the frame cannot hold.
/// </summary>
internal ref struct JuteReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly int Remaining => _rest.Length;

    public int ReadInt() => BinaryPrimitives.ReadInt32BigEndian(Take(sizeof(int)));

    public long ReadLong() => BinaryPrimitives.ReadInt64BigEndian(Take(sizeof(long)));

    public bool ReadBool() => Take(1)[0] != 0;

    /// <summary>A buffer; length -1 stands for null and is read as empty.</summary>
    public ReadOnlySpan<byte> ReadBuffer()
    {
        var length = ReadInt();
        return length == -1 ? default : Take(length);
    }

    public string ReadString() => Encoding.UTF8.GetString(ReadBuffer());

    /// <summary>The count of a vector; -1 stands for null and is read as 0.</summary>
    /// <param name="smallestElement">Bytes of an element at the least, so that no count can ask for absurd memory.</param>
    public int ReadCount(int smallestElement)
    {
        var count = ReadInt();
        if (count < -1 || count > _rest.Length / smallestElement)
        {
            throw new InvalidDataException($"a vector of {count} elements in {_rest.Length} bytes");
        }

        return Math.Max(count, 0);
    }

    public string[] ReadStrings()
    {
        var strings = new string[ReadCount(sizeof(int))];
        for (var i = 0; i < strings.Length; i++)
        {
            strings[i] = ReadString();
        }

        return strings;
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if ((uint)length > (uint)_rest.Length)
        {
            throw new InvalidDataException($"a field of {length} bytes where {_rest.Length} are left");
        }

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
