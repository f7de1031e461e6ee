using System.Buffers.Binary;

namespace Kalinka.Pub.Presence.Sources;

/// <summary>
/// Finds <c>bdSeq</c> in a Sparkplug B payload: the one metric by which a death certificate is matched with its birth. Reads
/// the protobuf encoding of <c>org.eclipse.tahu.protobuf.Payload</c> in place and passes over everything else.
/// </summary>
internal ref struct SparkplugPayload(ReadOnlySpan<byte> bytes)
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;

    private const int MetricsOfPayload = 2;
    private const int NameOfMetric = 1;
    private const int IntValueOfMetric = 10;
    private const int LongValueOfMetric = 11;

    private ReadOnlySpan<byte> _rest = bytes;

    /// <returns>False when the payload is no protobuf.</returns>
    public static bool TryFindBdSeq(ReadOnlySpan<byte> payload, out ulong? bdSeq)
    {
        bdSeq = null;
        var fields = new SparkplugPayload(payload);
        while (!fields._rest.IsEmpty)
        {
            if (!fields.TryNext(out var field, out _, out var content))
            {
                return false;
            }

            if (field == MetricsOfPayload && TryBdSeqOf(content) is { } value)
            {
                bdSeq = value;
            }
        }

        return true;
    }

    private static ulong? TryBdSeqOf(ReadOnlySpan<byte> metric)
    {
        var (named, value) = (false, default(ulong?));
        var fields = new SparkplugPayload(metric);
        while (!fields._rest.IsEmpty)
        {
            if (!fields.TryNext(out var field, out var number, out var content))
            {
                return null;
            }

            named |= field == NameOfMetric && content.SequenceEqual("bdSeq"u8);
            value = field is IntValueOfMetric or LongValueOfMetric ? number : value;
        }

        return named ? value : null;
    }

    /// <param name="field">Its number.</param>
    /// <param name="number">Of a varint or a fixed value.</param>
    /// <param name="content">Of a length-delimited one.</param>
    private bool TryNext(out ulong field, out ulong number, out ReadOnlySpan<byte> content)
    {
        (field, number) = (0, 0);
        content = default;
        if (!TryVarint(out var key))
        {
            return false;
        }

        field = key >> 3;
        switch (key & 7)
        {
            case Varint:
                return TryVarint(out number);
            case Fixed64 when _rest.Length >= 8:
                number = BinaryPrimitives.ReadUInt64LittleEndian(_rest);
                _rest = _rest[8..];
                return true;
            case Fixed32 when _rest.Length >= 4:
                number = BinaryPrimitives.ReadUInt32LittleEndian(_rest);
                _rest = _rest[4..];
                return true;
            case LengthDelimited when TryVarint(out var length) && length <= (ulong)_rest.Length:
                content = _rest[..(int)length];
                _rest = _rest[(int)length..];
                return true;
            default:
                // Groups, which Sparkplug does not have, or bytes that are missing.
                return false;
        }
    }

    private bool TryVarint(out ulong value)
    {
        value = 0;
        for (var index = 0; index < _rest.Length && index < 10; index++)
        {
            value |= (ulong)(_rest[index] & 0x7f) << (7 * index);
            if (_rest[index] < 0x80)
            {
                _rest = _rest[(index + 1)..];
                return true;
            }
        }

        return false;
    }
}
