using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Kalinka.Common.Kafka;

namespace Kalinka.Common.Records;

/// <summary>
/// A record on its way through the delivery topic: key, value, headers and timestamp are the application's, and two
/// headers say where it stood first and how often it has passed. What the rules make of it is not carried: whoever reads
/// it maps it as a record of its origin.
/// </summary>
public static class DeliveryRecord
{
    /// <summary>A record that has passed so often hops no more.</summary>
    public const int MostHops = 4;

    // A topic has 249 characters at most, the two numbers 10 and 19 digits.
    private const int LongestOrigin = 300;

    /// <summary>Writes the headers of a record's next hop; those of the one before, or forged ones, are left out.</summary>
    /// <param name="record">As it stood first.</param>
    public static void WriteHeaders(in ConsumedRecord record, int hop, RecordHeaderBuffer into)
    {
        into.Clear();
        for (var index = 0; index < record.HeaderCount; index++)
        {
            var name = record.HeaderName(index);
            if (!IsOurs(name))
            {
                Add(name, record.HeaderValue(index), into);
            }
        }

        Span<byte> origin = stackalloc byte[LongestOrigin];
        into.Add(HeaderNames.Origin, origin[..WriteOrigin(record, origin)]);
        Span<byte> hops = stackalloc byte[11];
        Utf8Formatter.TryFormat(hop, hops, out var digits);
        into.Add(HeaderNames.DeliveryHops, hops[..digits]);
    }

    /// <summary>Reads where the record stood first.</summary>
    /// <returns>False for a record that was not written by <see cref="WriteHeaders"/>.</returns>
    public static bool TryRead(
        in ConsumedRecord record,
        KnownNames names,
        out TopicPartition origin,
        out long offset,
        out int hop
    )
    {
        hop = 1;
        var legible =
            !record.TryGetHeader(HeaderNames.DeliveryHops, out var hops)
            || (Utf8Parser.TryParse(hops, out hop, out var used) && used == hops.Length && hop > 0);
        origin = default;
        offset = 0;
        return record.TryGetHeader(HeaderNames.Origin, out var text)
            && legible
            && TryParseOrigin(text, names, out origin, out offset);
    }

    /// <summary>A header that only the delivery topic's records have.</summary>
    public static bool IsOurs(string name) => name is "kalinka-origin" or "kalinka-delivery-hops";

    private static void Add(string name, ReadOnlySpan<byte> value, RecordHeaderBuffer into)
    {
        Span<byte> utf8 = stackalloc byte[256];
        if (Encoding.UTF8.TryGetBytes(name, utf8, out var length))
        {
            into.Add(utf8[..length], value);
        }
        else
        {
            into.Add(Encoding.UTF8.GetBytes(name), value);
        }
    }

    private static int WriteOrigin(in ConsumedRecord record, Span<byte> into)
    {
        System.Text.Unicode.Utf8.TryWrite(
            into,
            CultureInfo.InvariantCulture,
            $"{record.KafkaTopic}/{record.Partition.Partition}/{record.Offset}",
            out var length
        );
        return length;
    }

    private static bool TryParseOrigin(
        ReadOnlySpan<byte> text,
        KnownNames names,
        out TopicPartition origin,
        out long offset
    )
    {
        (origin, offset) = (default, 0);
        var second = text.LastIndexOf((byte)'/');
        var first = second > 0 ? text[..second].LastIndexOf((byte)'/') : -1;
        if (
            first is <= 0 or > 249
            || !Number(text[(first + 1)..second], out var partition)
            || partition > int.MaxValue
            || !Number(text[(second + 1)..], out offset)
        )
        {
            return false;
        }

        origin = new TopicPartition(names.Of(text[..first]), (int)partition);
        return true;
    }

    private static bool Number(ReadOnlySpan<byte> text, out long number) =>
        Utf8Parser.TryParse(text, out number, out var used) && used == text.Length && used > 0 && number >= 0;
}
