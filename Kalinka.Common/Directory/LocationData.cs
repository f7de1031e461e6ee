using System.Collections.Concurrent;
using System.Text;

namespace Kalinka.Common.Directory;

/// <summary>What a client's znode holds: the broker's name, and JSON details behind a line feed. Any thread.</summary>
internal sealed class LocationData
{
    // Far more than brokers there are; what strangers write must not fill the memory.
    private const int MostNames = 10_000;
    private const int LongestShared = 256;

    // One string for each broker, instead of one for each client.
    private readonly ConcurrentDictionary<string, string> _names = new(StringComparer.Ordinal);

    public Location Read(ReadOnlySpan<byte> data, int version)
    {
        var end = data.IndexOf((byte)'\n');
        var name = Name((end < 0 ? data : data[..end]).Trim(" \r\t"u8));
        var details = end < 0 ? "" : Encoding.UTF8.GetString(data[(end + 1)..].Trim(" \r\n\t"u8));
        return new Location(LocationState.Present, name, version, details.Length == 0 ? null : details);
    }

    public static byte[] Write(string broker, string? details) =>
        Encoding.UTF8.GetBytes(details is null ? broker : $"{broker}\n{details}");

    private string? Name(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length is 0 or > LongestShared)
        {
            return utf8.IsEmpty ? null : Encoding.UTF8.GetString(utf8);
        }

        Span<char> name = stackalloc char[LongestShared];
        name = name[..Encoding.UTF8.GetChars(utf8, name)];
        if (_names.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var known))
        {
            return known;
        }

        var added = name.ToString();
        return _names.Count < MostNames ? _names.GetOrAdd(added, added) : added;
    }
}
