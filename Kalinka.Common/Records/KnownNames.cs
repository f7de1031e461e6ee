using System.Text;

namespace Kalinka.Common.Records;

/// <summary>Names as strings, made once for each: few topics, many records. One thread.</summary>
public sealed class KnownNames
{
    // Far above the topics that one group reads; a bound all the same.
    private const int Remembered = 10_000;

    private readonly Dictionary<byte[], string> _known = new(Text.ByteArrayComparer.Instance);
    private readonly Dictionary<byte[], string>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    public KnownNames() => _lookup = _known.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <param name="utf8">The name; bytes that are no UTF-8 become replacement characters.</param>
    public string Of(ReadOnlySpan<byte> utf8)
    {
        if (_lookup.TryGetValue(utf8, out var name))
        {
            return name;
        }

        if (_known.Count >= Remembered)
        {
            _known.Clear();
        }

        name = Encoding.UTF8.GetString(utf8);
        _known.Add(utf8.ToArray(), name);
        return name;
    }
}
