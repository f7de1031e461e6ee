using System.Text;
using Kalinka.Common.Mapping;
using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Mapping;

/// <summary>Maps one message of a person's making and tells how the result came about.</summary>
internal sealed class PubExplainer(PubMapping mapping, IReadOnlyList<PubRule> rules)
{
    public PubExplanation Explain(
        string mqttTopic,
        string brokerName,
        IReadOnlyList<KeyValuePair<string, string>> userProperties
    )
    {
        if (!StrictUtf8.TryEncode(mqttTopic, out var topic))
        {
            return Refused("the topic is not well-formed UTF-16");
        }

        if (MqttTopicName.Problem(topic) is { } problem)
        {
            return Refused($"the topic {problem}");
        }

        return TryEncode(userProperties, out var properties)
            ? Explain(mqttTopic, topic, Encoding.UTF8.GetBytes(brokerName), properties)
            : Refused("a user property is longer than 65,535 bytes");
    }

    private PubExplanation Explain(
        string mqttTopic,
        byte[] topic,
        byte[] brokerName,
        PublishPropertiesWriter properties
    )
    {
        var mapped = new MappedRecord();
        var verdict = mapping.Map(topic, new PublishProperties(properties.Written), brokerName, mapped);
        var lines = Mismatches.List(
            verdict == MappingVerdict.Unmapped ? rules.Count : mapped.Rule,
            number => $"rule {number} ({rules[number].From.Text}) does not match: {WhyNot(number, mqttTopic)}"
        );
        if (verdict == MappingVerdict.Unmapped)
        {
            return new PubExplanation { Reason = "no rule matches", Lines = lines };
        }

        var rule = rules[mapped.Rule];
        lines.Add($"rule {mapped.Rule} ({rule.From.Text}) matches");
        AddCaptures(rule.From, topic, lines);
        return verdict == MappingVerdict.Rejected
            ? new PubExplanation
            {
                Rule = mapped.Rule,
                Reason = mapped.Rejection,
                Lines = lines,
            }
            : new PubExplanation
            {
                Rule = mapped.Rule,
                Topic = Encoding.UTF8.GetString(mapped.KafkaTopic),
                Key = mapped.HasKey ? Encoding.UTF8.GetString(mapped.Key) : null,
                Client = mapped.HasClient ? Encoding.UTF8.GetString(mapped.Client) : null,
                Headers = Headers(mapped),
                Lines = lines,
            };
    }

    private string? WhyNot(int number, string mqttTopic) => MqttMismatch.Explain(rules[number].From.Filter, mqttTopic);

    private static void AddCaptures(MqttPattern pattern, byte[] topic, List<string> lines)
    {
        var captures = new CaptureRange[pattern.Captures.Count];
        pattern.Capture(topic, captures);
        for (var index = 0; index < captures.Length; index++)
        {
            lines.Add($"  {{{pattern.Captures[index]}}} = \"{Encoding.UTF8.GetString(captures[index].Of(topic))}\"");
        }
    }

    private static List<KeyValuePair<string, string>> Headers(MappedRecord mapped) =>
        [
            .. Enumerable
                .Range(0, mapped.Headers.Count)
                .Select(index =>
                    KeyValuePair.Create(
                        Encoding.UTF8.GetString(mapped.Headers.Name(index)),
                        Encoding.UTF8.GetString(mapped.Headers.Value(index))
                    )
                ),
        ];

    private static bool TryEncode(
        IReadOnlyList<KeyValuePair<string, string>> userProperties,
        out PublishPropertiesWriter properties
    )
    {
        var writer = new PublishPropertiesWriter();
        properties = writer;
        return userProperties.All(property =>
            writer.TryAddUserProperty(Encoding.UTF8.GetBytes(property.Key), Encoding.UTF8.GetBytes(property.Value))
        );
    }

    private static PubExplanation Refused(string reason) => new() { Reason = reason };
}
