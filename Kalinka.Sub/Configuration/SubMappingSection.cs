using Kalinka.Common.Configuration;
using Kalinka.Sub.Mapping;

namespace Kalinka.Sub.Configuration;

/// <summary>Reads the section <c>Mapping</c>: Kafka to MQTT.</summary>
internal static class SubMappingSection
{
    private const string Example = """[ { "From": "commands", "Client": "{key}", "To": "devices/{key}/down" } ]""";

    public static SubMappingOptions Read(SectionReader section)
    {
        section.Foreign("Unmapped", "kalinka-pub");
        return new SubMappingOptions([.. section.Rules(Example).Select(ReadRule)]);
    }

    private static SubRuleOptions ReadRule(SectionReader rule) =>
        new(
            rule.Required("From", "a Kafka topic, captures allowed"),
            rule.Required("To", "an MQTT topic name, devices/{key}/down say"),
            rule.Required("Client", "whom the message is for, {key} say"),
            ReadQos(rule),
            rule.Flag("Retain", false),
            rule.Map("Properties")
        );

    private static int ReadQos(SectionReader rule)
    {
        if (rule.Raw("Qos") != "2")
        {
            return (int)rule.Number("Qos", 1, 0, 1);
        }

        rule.Error("Qos", "2 must be 0 or 1: the promise is at least once from end to end, which QoS 2 cannot better");
        return 1;
    }
}
