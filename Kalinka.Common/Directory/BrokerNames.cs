using System.Text;
using Kalinka.Common.Text;

namespace Kalinka.Common.Directory;

/// <summary>A number for each broker, so that an entry needs two bytes for it. Numbers are given by one thread, read by any.</summary>
internal sealed class BrokerNames
{
    /// <summary>What two bytes can tell apart, without the 0 for no name.</summary>
    public const int Most = ushort.MaxValue;

    private const int LongestName = 256;

    private readonly Dictionary<byte[], int> _numbers = new(ByteArrayComparer.Instance);
    private volatile string?[] _names = new string?[16];
    private int _count = 1;

    /// <summary>Null for the number 0.</summary>
    public string? this[int number] => _names[number];

    /// <summary>0 for an empty name, below 0 for one that is too long, or one too many.</summary>
    public int NumberOf(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
        {
            return 0;
        }

        var lookup = _numbers.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (lookup.TryGetValue(utf8, out var number))
        {
            return number;
        }

        return utf8.Length > LongestName || _count > Most ? -1 : Add(utf8);
    }

    private int Add(ReadOnlySpan<byte> utf8)
    {
        var number = _count++;
        var names = _names;
        if (number == names.Length)
        {
            Array.Resize(ref names, names.Length * 2);
        }

        names[number] = Encoding.UTF8.GetString(utf8);
        _names = names;
        _numbers.Add(utf8.ToArray(), number);
        return number;
    }
}
