using System.Buffers.Binary;
using System.Text;

namespace Kalinka.Common.ZooKeeper.Jute;

/// <summary>Writes jute records, in frames with their length before them. One thread at a time.</summary>
internal sealed class JuteWriter
{
    private byte[] _bytes = new byte[256];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Begins a frame; give the result to <see cref="EndFrame"/>.</summary>
    public int BeginFrame()
    {
        WriteInt(0);
        return Length;
    }

    public void EndFrame(int start) =>
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(start - sizeof(int)), Length - start);

    public void WriteInt(int value) => BinaryPrimitives.WriteInt32BigEndian(Reserve(sizeof(int)), value);

    public void WriteLong(long value) => BinaryPrimitives.WriteInt64BigEndian(Reserve(sizeof(long)), value);

    public void WriteBool(bool value) => Reserve(1)[0] = value ? (byte)1 : (byte)0;

    public void WriteBuffer(ReadOnlySpan<byte> value)
    {
        WriteInt(value.Length);
        WriteRaw(value);
    }

    /// <summary>Bytes that are jute already.</summary>
    public void WriteRaw(ReadOnlySpan<byte> value) => value.CopyTo(Reserve(value.Length));

    public void WriteString(string value)
    {
        var size = Encoding.UTF8.GetByteCount(value);
        WriteInt(size);
        Encoding.UTF8.GetBytes(value, Reserve(size));
    }

    public void WriteStrings(IReadOnlyCollection<string> values)
    {
        WriteInt(values.Count);
        foreach (var value in values)
        {
            WriteString(value);
        }
    }

    private Span<byte> Reserve(int size)
    {
        if (_bytes.Length - Length < size)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + size));
        }

        var reserved = _bytes.AsSpan(Length, size);
        Length += size;
        return reserved;
    }
}
