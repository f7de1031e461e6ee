namespace Kalinka.Common.Mqtt;

/// <summary>Bytes that gather for one write. Grows as needed; what one large packet blew up is not kept.</summary>
internal sealed class GatherBuffer(int kept)
{
    private const int Initial = 16 * 1024;

    private byte[] _bytes = new byte[Initial];

    public int Count { get; private set; }

    public ArraySegment<byte> Gathered => new(_bytes, 0, Count);

    public Span<byte> Reserve(int size)
    {
        if (_bytes.Length - Count < size)
        {
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(_bytes.Length * 2L, Count + (long)size)));
        }

        var reserved = _bytes.AsSpan(Count, size);
        Count += size;
        return reserved;
    }

    public void Clear()
    {
        Count = 0;
        if (_bytes.Length > kept && _bytes.Length > Initial)
        {
            _bytes = new byte[Initial];
        }
    }
}
