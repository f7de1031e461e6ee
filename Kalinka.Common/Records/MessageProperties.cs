using System.Text;
using System.Text.Unicode;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;

namespace Kalinka.Common.Records;

/// <summary>The other way round: the headers of a record, written as properties of its message.</summary>
public static class MessageProperties
{
    /// <summary>
    /// Writes Payload Format Indicator, Content Type, Response Topic and Correlation Data, every header that is not
    /// reserved as a user property, and the hop count. Message Expiry is the publisher's: it is known when it is sent.
    /// </summary>
    /// <returns>How many headers MQTT could not carry: names or texts that are no UTF-8, or longer than 65,535 bytes.</returns>
    public static int Write(in ConsumedRecord record, int hops, PublishPropertiesWriter into)
    {
        var leftOut = 0;
        var seen = Seen.Nothing;
        for (var index = 0; index < record.HeaderCount; index++)
        {
            if (!TryWrite(record.HeaderName(index), record.HeaderValue(index), into, ref seen))
            {
                leftOut++;
            }
        }

        Span<byte> text = stackalloc byte[11];
        into.TryAddUserProperty(HeaderNames.Hops, Hops.FormatNext(hops, text));
        return leftOut;
    }

    private static bool TryWrite(string name, ReadOnlySpan<byte> value, PublishPropertiesWriter into, ref Seen seen)
    {
        if (name.StartsWith("kalinka-", StringComparison.Ordinal))
        {
            return true;
        }

        return name.StartsWith("mqtt-", StringComparison.Ordinal)
            ? TryWriteProtocol(name, value, into, ref seen)
            : TryWriteUserProperty(name, value, into);
    }

    private static bool TryWriteProtocol(
        string name,
        ReadOnlySpan<byte> value,
        PublishPropertiesWriter into,
        ref Seen seen
    ) =>
        name switch
        {
            "mqtt-content-type" => First(Seen.ContentType, ref seen) && IsText(value) && into.TryAddContentType(value),
            "mqtt-response-topic" => First(Seen.ResponseTopic, ref seen)
                && IsTopicName(value)
                && into.TryAddResponseTopic(value),
            "mqtt-correlation-data" => First(Seen.CorrelationData, ref seen) && into.TryAddCorrelationData(value),
            "mqtt-payload-format" => First(Seen.PayloadFormat, ref seen) && TryWritePayloadFormat(value, into),
            // Where the message came from is not where it goes.
            _ => true,
        };

    // A record may carry a header twice; a PUBLISH may not carry these properties twice [MQTT-3.3.2.3].
    private static bool First(Seen property, ref Seen seen)
    {
        var first = (seen & property) == 0;
        seen |= property;
        return first;
    }

    private static bool TryWritePayloadFormat(ReadOnlySpan<byte> value, PublishPropertiesWriter into)
    {
        if (!value.SequenceEqual("0"u8) && !value.SequenceEqual("1"u8))
        {
            return false;
        }

        into.AddPayloadFormat((byte)(value[0] - '0'));
        return true;
    }

    private static bool TryWriteUserProperty(string name, ReadOnlySpan<byte> value, PublishPropertiesWriter into)
    {
        Span<byte> utf8 = stackalloc byte[256];
        if (!IsText(value))
        {
            return false;
        }

        if (!Encoding.UTF8.TryGetBytes(name, utf8, out var length))
        {
            utf8 = Encoding.UTF8.GetBytes(name);
            length = utf8.Length;
        }

        return !utf8[..length].Contains((byte)0) && into.TryAddUserProperty(utf8[..length], value);
    }

    private static bool IsTopicName(ReadOnlySpan<byte> value) =>
        value.Length > 0 && IsText(value) && value.IndexOfAny((byte)'+', (byte)'#') < 0;

    // A UTF-8 Encoded String [MQTT-1.5.4-1] [MQTT-1.5.4-2].
    private static bool IsText(ReadOnlySpan<byte> value) => Utf8.IsValid(value) && !value.Contains((byte)0);

    [Flags]
    private enum Seen
    {
        Nothing = 0,
        ContentType = 1,
        ResponseTopic = 2,
        CorrelationData = 4,
        PayloadFormat = 8,
    }
}
