using System.Buffers;
using System.Collections.Concurrent;
using System.Text;

namespace Kalinka.Common.Directory;

/// <summary>What an entry holds: the broker's name, and JSON details behind a line feed. Any thread.</summary>
internal sealed class LocationData
{
    // Far more than brokers there are; what strangers write must not fill the memory.
    private const int MostNames = 10_000;
    private const int LongestShared = 256;

    // One string for each broker, instead of one for each client.
    private readonly ConcurrentDictionary<string, string> _names = new(StringComparer.Ordinal);

    public Location Read(ReadOnlySpan<byte> data, long version)
    {
        var (broker, json) = Split(data);
        var text = json.IsEmpty ? null : Encoding.UTF8.GetString(json);
        return new Location(LocationState.Present, Name(broker), version, text)
        {
            Details = LocationDetails.Read(json),
        };
    }

    /// <summary>The broker's name and the JSON behind it; either may be empty.</summary>
    public static SplitData Split(ReadOnlySpan<byte> data)
    {
        var end = data.IndexOf((byte)'\n');
        return new SplitData(
            (end < 0 ? data : data[..end]).Trim(" \r\t"u8),
            end < 0 ? default : data[(end + 1)..].Trim(" \r\n\t"u8)
        );
    }

    public static byte[] Write(string broker, LocationDetails details)
    {
        var output = new ArrayBufferWriter<byte>(64);
        Encoding.UTF8.GetBytes(broker, output);
        if (!details.IsEmpty)
        {
            output.Write("\n"u8);
            details.Write(output);
        }

        return output.WrittenSpan.ToArray();
    }

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

    /// <summary>Views of the data.</summary>
    public readonly ref struct SplitData(ReadOnlySpan<byte> broker, ReadOnlySpan<byte> json)
    {
        public ReadOnlySpan<byte> Broker { get; } = broker;

        public ReadOnlySpan<byte> Json { get; } = json;

        public void Deconstruct(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> details)
        {
            name = Broker;
            details = Json;
        }
    }
}
