using System.Text;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mapping;
using Kalinka.Common.Mqtt;
using Kalinka.Sub.Deliveries;

namespace Kalinka.Sub.Mapping;

/// <summary>Maps one record of a person's making and tells how the result came about.</summary>
internal sealed class SubExplainer(SubMapping mapping, IReadOnlyList<SubRule> rules)
{
    public SubExplanation Explain(string kafkaTopic, string? key, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        if (!KafkaTopicName.IsLegal(Encoding.UTF8.GetBytes(kafkaTopic)))
        {
            return new SubExplanation { Key = key, Reason = $"\"{kafkaTopic}\" is no legal Kafka topic name" };
        }

        var record = new ConsumedRecord(
            new TopicPartition(kafkaTopic, 0),
            offset: 0,
            timestampMs: 0,
            key is null ? null : Encoding.UTF8.GetBytes(key),
            value: [],
            headers.Select(header =>
                KeyValuePair.Create<string, byte[]?>(header.Key, Encoding.UTF8.GetBytes(header.Value))
            )
        );
        return Explain(record, new SubExplanation { Key = key });
    }

    private SubExplanation Explain(ConsumedRecord record, SubExplanation start)
    {
        var mapped = new MappedMessage();
        var verdict = mapping.Map(record, mapped);
        var lines = Mismatches.List(
            verdict == MappingVerdict.Unmapped ? rules.Count : mapped.Rule,
            number => $"rule {number} ({rules[number].From.Text}) does not match \"{record.KafkaTopic}\""
        );
        if (verdict == MappingVerdict.Unmapped)
        {
            return start with { Reason = "no rule matches", Lines = lines };
        }

        var rule = rules[mapped.Rule];
        Describe(rule, mapped, record.KafkaTopic, lines);
        start = start with { Rule = mapped.Rule, Qos = rule.Qos, Retain = rule.Retain, Lines = lines };
        return verdict == MappingVerdict.Rejected
            ? start with
            {
                Reason = mapped.Rejection,
            }
            : start with
            {
                Client = Encoding.UTF8.GetString(mapped.Client),
                Topic = mapped.TopicNeedsBroker ? null : Encoding.UTF8.GetString(mapped.MqttTopic),
                TopicNeedsBroker = mapped.TopicNeedsBroker,
                Headers = Properties(record),
            };
    }

    private static void Describe(SubRule rule, MappedMessage mapped, string kafkaTopic, List<string> lines)
    {
        lines.Add($"rule {mapped.Rule} ({rule.From.Text}) matches");
        var captures = new CaptureRange[rule.From.Captures.Count];
        rule.From.TryMatch(Encoding.UTF8.GetBytes(kafkaTopic), captures);
        for (var index = 0; index < captures.Length; index++)
        {
            var (start, length) = captures[index];
            lines.Add($"  {{{rule.From.Captures[index]}}} = \"{kafkaTopic.Substring(start, length)}\"");
        }

        if (mapped.TopicNeedsBroker)
        {
            lines.Add($"  the topic {rule.To.Text} is known once the client has been located");
        }
    }

    private List<KeyValuePair<string, string>> Properties(in ConsumedRecord record)
    {
        var writer = new PublishPropertiesWriter();
        mapping.WriteProperties(record, writer);
        var list = new List<KeyValuePair<string, string>>();
        foreach (var property in new PublishProperties(writer.Written))
        {
            list.Add(new(Encoding.UTF8.GetString(property.Name), Encoding.UTF8.GetString(property.Value)));
        }

        return list;
    }
}
