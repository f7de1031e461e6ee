namespace Kalinka.Common.Mapping;

/// <summary>A block of bytes that grows to the longest message and is used again for every one. One thread at a time.</summary>
public sealed class ReusableBytes
{
    private byte[] _bytes = new byte[256];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void Append(ReadOnlySpan<byte> part)
    {
        part.CopyTo(Reserve(part.Length));
    }

    /// <summary>Room for as many bytes, counted as written.</summary>
    public Span<byte> Reserve(int size)
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
