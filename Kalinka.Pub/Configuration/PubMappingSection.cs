using Kalinka.Common.Configuration;
using Kalinka.Pub.Mapping;

namespace Kalinka.Pub.Configuration;

/// <summary>Reads the section <c>Mapping</c>: MQTT to Kafka.</summary>
internal static class PubMappingSection
{
    private enum Unmapped
    {
        Drop,
        DeadLetter,
    }

    public static PubMappingOptions Read(SectionReader section) =>
        new(
            [.. section.Rules(Example).Select(ReadRule)],
            section.Choice("Unmapped", Unmapped.Drop) == Unmapped.DeadLetter
        );

    private const string Example = """[ { "From": "devices/{client}/up", "To": "devices", "Key": "{client}" } ]""";

    private static PubRuleOptions ReadRule(SectionReader rule)
    {
        rule.Refuse("Qos", "is no key here: the promise is at least once, so the broker is asked for QoS 1");
        var from = rule.Required("From", "an MQTT topic filter with captures, devices/{client}/up say");
        if (from.StartsWith('$') && !from.StartsWith("$share/", StringComparison.Ordinal))
        {
            rule.Warn(
                "From",
                $"'{from}' may never match: brokers grant shared subscriptions to $-topics, and some, Mosquitto for one, send nothing for them"
            );
        }

        return new PubRuleOptions(
            from,
            rule.Required("To", "a Kafka topic, captures allowed"),
            rule.Text("Key"),
            rule.Text("Client"),
            rule.Map("Headers")
        );
    }
}
