namespace Kalinka.Common.Kafka;

/// <summary>
/// The headers of one record, in order, names and values in one growing block that is used again for the next record.
/// One thread at a time.
/// </summary>
public sealed class RecordHeaderBuffer
{
    private byte[] _bytes = new byte[1024];
    private Entry[] _entries = new Entry[16];
    private int _length;

    public int Count { get; private set; }

    /// <summary>Names and values together, in bytes.</summary>
    public int Length => _length;

    public void Clear()
    {
        Count = 0;
        _length = 0;
    }

    /// <summary>Appends a header; both parts are copied.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Count * 2);
        }

        var nameStart = Append(name);
        var valueStart = Append(value);
        _entries[Count++] = new Entry(nameStart, name.Length, valueStart, value.Length);
    }

    public ReadOnlySpan<byte> Name(int index) => _bytes.AsSpan(_entries[index].NameStart, _entries[index].NameLength);

    public ReadOnlySpan<byte> Value(int index) =>
        _bytes.AsSpan(_entries[index].ValueStart, _entries[index].ValueLength);

    /// <summary>The index of the first header of that name, or -1.</summary>
    public int IndexOf(ReadOnlySpan<byte> name)
    {
        for (var index = 0; index < Count; index++)
        {
            if (Name(index).SequenceEqual(name))
            {
                return index;
            }
        }

        return -1;
    }

    private int Append(ReadOnlySpan<byte> part)
    {
        var start = _length;
        if (_bytes.Length - start < part.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, start + part.Length));
        }

        part.CopyTo(_bytes.AsSpan(start));
        _length = start + part.Length;
        return start;
    }

    private readonly record struct Entry(int NameStart, int NameLength, int ValueStart, int ValueLength);
}
