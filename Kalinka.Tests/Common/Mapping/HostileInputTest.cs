using FsCheck.Fluent;
using Kalinka.Common.Mapping;

namespace Kalinka.Tests.Common.Mapping;

/// <summary>Whatever stands in a configuration or comes over the wire: an error or a rejection, never an exception.</summary>
public class HostileInputTest
{
    [Test]
    public void Garbage_is_parsed_or_refused()
    {
        Samples.Garbage.Holds(
            text =>
            {
                Parsed.MqttErrors(text);
                Parsed.KafkaErrors(text);
                foreach (var place in Places)
                {
                    Parsed.TemplateErrors(text, place, "x");
                }

                return true;
            },
            5000
        );
    }

    [Test]
    public void A_rendered_MQTT_topic_is_always_legal()
    {
        Rendered(TemplatePlace.MqttTopic, "/", result => MqttTopicName.Problem(result) is null);
    }

    [Test]
    public void A_rendered_Kafka_topic_is_always_legal()
    {
        Rendered(TemplatePlace.KafkaTopic, ".", result => KafkaTopicName.IsLegal(result));
    }

    [Test]
    public void A_rendered_client_is_always_a_string_that_MQTT_takes()
    {
        Rendered(
            TemplatePlace.ClientIdentifier,
            "$",
            result => result.Length > 0 && !result.Contains((byte)0) && System.Text.Unicode.Utf8.IsValid(result)
        );
    }

    private delegate bool Law(ReadOnlySpan<byte> result);

    private static TemplatePlace[] Places =>
        [
            TemplatePlace.MqttTopic,
            TemplatePlace.KafkaTopic,
            TemplatePlace.ClientIdentifier,
            TemplatePlace.UserProperty,
            TemplatePlace.Bytes,
        ];

    private static void Rendered(TemplatePlace place, string separator, Law law)
    {
        var seen = 0;
        var templates =
            from count in Gen.Choose(1, 6)
            from pieces in Gen.Elements("{x}", "{x...}", "{key}", "{hash(x, 3)}", "a", "_", separator).ArrayOf(count)
            select string.Concat(pieces);
        var samples =
            from template in templates
            from value in Samples.Bytes
            where Parsed.TemplateErrors(template, place, "x").Length == 0
            select (template, value);
        samples.Holds(
            sample =>
            {
                var values = new OneValue(sample.value);
                var into = new ReusableBytes();
                var rendered = Parsed
                    .Template(sample.template, place, "x")
                    .TryRender(ref values, into, out var rejection);
                seen += rendered ? 1 : 0;
                return rendered ? law(into.Written) : !string.IsNullOrEmpty(rejection);
            },
            5000
        );
        Assert.That(seen, Is.GreaterThan(100), "the samples must reach the law");
    }
}
