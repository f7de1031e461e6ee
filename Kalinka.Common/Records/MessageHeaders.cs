using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;

namespace Kalinka.Common.Records;

/// <summary>What MQTT says of a message, written as headers of its record.</summary>
public static class MessageHeaders
{
    private static ReadOnlySpan<byte> Digits => "012"u8;

    /// <summary>Appends the headers of the protocol behind those of the rule.</summary>
    public static void AddProtocol(
        RecordHeaderBuffer headers,
        in IncomingPublish publish,
        ReadOnlySpan<byte> brokerName,
        long nowMs
    )
    {
        headers.Add(HeaderNames.MqttTopic, publish.Topic);
        headers.Add(HeaderNames.MqttBroker, brokerName);
        headers.Add(HeaderNames.MqttQos, Digits.Slice(publish.Qos, 1));
        headers.Add(HeaderNames.MqttRetain, publish.Retain ? "true"u8 : "false"u8);
        if (!publish.Properties.IsEmpty)
        {
            AddProperties(headers, publish.Properties, nowMs);
        }
    }

    /// <summary>
    /// Appends the user properties under their own names, except those that a device must not set: what the rule sets
    /// itself, and everything that begins with <c>mqtt-</c> or <c>kalinka-</c>.
    /// </summary>
    /// <param name="ruleHeaders">The first so many headers are the rule's.</param>
    /// <returns>How many were left out, the hop count aside: that one is ours to carry.</returns>
    public static int AddUserProperties(RecordHeaderBuffer headers, PublishProperties properties, int ruleHeaders)
    {
        var leftOut = 0;
        foreach (var property in properties)
        {
            if (property.Id != PropertyId.UserProperty)
            {
                continue;
            }

            if (!IsReserved(property.Name) && !IsSetByRule(headers, property.Name, ruleHeaders))
            {
                headers.Add(property.Name, property.Value);
            }
            else if (!property.Name.SequenceEqual(HeaderNames.Hops))
            {
                leftOut++;
            }
        }

        return leftOut;
    }

    /// <summary>Whether systems behind Kafka trust headers of that name to come from Kalinka.</summary>
    public static bool IsReserved(ReadOnlySpan<byte> name) =>
        name.StartsWith(HeaderNames.MqttPrefix) || name.StartsWith(HeaderNames.KalinkaPrefix);

    private static bool IsSetByRule(RecordHeaderBuffer headers, ReadOnlySpan<byte> name, int ruleHeaders)
    {
        var index = headers.IndexOf(name);
        return index >= 0 && index < ruleHeaders;
    }

    private static void AddProperties(RecordHeaderBuffer headers, PublishProperties properties, long nowMs)
    {
        foreach (var property in properties)
        {
            switch (property.Id)
            {
                case PropertyId.ContentType:
                    headers.Add(HeaderNames.MqttContentType, property.Value);
                    break;
                case PropertyId.ResponseTopic:
                    headers.Add(HeaderNames.MqttResponseTopic, property.Value);
                    break;
                case PropertyId.CorrelationData:
                    headers.Add(HeaderNames.MqttCorrelationData, property.Value);
                    break;
                case PropertyId.PayloadFormatIndicator:
                    headers.Add(HeaderNames.MqttPayloadFormat, Digits.Slice(property.Value[0], 1));
                    break;
                case PropertyId.MessageExpiryInterval:
                    AddExpiry(headers, properties.ExpirySeconds ?? 0, nowMs);
                    break;
            }
        }
    }

    private static void AddExpiry(RecordHeaderBuffer headers, uint expirySeconds, long nowMs)
    {
        Span<byte> text = stackalloc byte[20];
        headers.Add(HeaderNames.MqttExpiresAt, Expiry.Format(nowMs, expirySeconds, text));
    }
}
