using Kalinka.Common.Mapping;
using Kalinka.Pub.Mapping;
using static Kalinka.Tests.Pub.Mapping.PubRules;

namespace Kalinka.Tests.Pub.Mapping;

public class PubMappingTest
{
    private readonly MappedRecord _record = new();

    [Test]
    public void The_prototypes_rules_carry_device_to_device()
    {
        var verdict = Compile(Prototype).Map("mqtt/s1/mqtt/d1/pub", _record);

        Assert.That(verdict, Is.EqualTo(MappingVerdict.Mapped));
        Assert.That(_record.Rule, Is.EqualTo(0));
        Assert.That(Text(_record.KafkaTopic), Is.EqualTo("mqtt.mqtt"));
        Assert.That(Text(_record.Key), Is.EqualTo("d1"));
        Assert.That(Text(_record.Client), Is.EqualTo("s1"));
        Assert.That(_record.Headers.Count, Is.EqualTo(1));
        Assert.That(Text(_record.Headers.Name(0)), Is.EqualTo("srcId"));
        Assert.That(Text(_record.Headers.Value(0)), Is.EqualTo("s1"));
    }

    [Test]
    public void The_prototypes_rules_carry_device_to_system()
    {
        Compile(Prototype).Map("mqtt/s1/sparkcluster/pub", _record);

        Assert.That(_record.Rule, Is.EqualTo(1));
        Assert.That(Text(_record.KafkaTopic), Is.EqualTo("mqtt.sparkcluster"));
        Assert.That(Text(_record.Key), Is.EqualTo("s1"));
    }

    [Test]
    public void What_no_rule_matches_is_unmapped()
    {
        Assert.That(Compile(Prototype).Map("other/topic", _record), Is.EqualTo(MappingVerdict.Unmapped));
        Assert.That(_record.Rule, Is.EqualTo(-1));
        Assert.That(_record.Rejection, Is.Null);
    }

    [Test]
    public void The_first_rule_that_matches_wins()
    {
        var mapping = Compile(Rule("a/{x}", "first"), Rule("a/b", "second"));

        mapping.Map("a/b", _record);

        Assert.That(Text(_record.KafkaTopic), Is.EqualTo("first"));
    }

    [Test]
    public void A_rejection_names_the_rule_the_template_and_the_value()
    {
        var verdict = Compile(Prototype).Map("mqtt/s1/spark.cluster/pub", _record);

        Assert.That(verdict, Is.EqualTo(MappingVerdict.Rejected));
        Assert.That(
            _record.Rejection,
            Is.EqualTo(
                "rule 1, To \"mqtt.{system}\": the value of {system} holds '.', "
                    + "which one segment of a Kafka name cannot: {name...} allows more"
            )
        );
    }

    [Test]
    public void Values_come_from_the_topic_the_broker_and_user_properties()
    {
        var mapping = Compile(
            Rule(
                "up/{rest...}",
                "up.{rest...}",
                "{property:id}",
                null,
                ("from", "{broker}:{topic}"),
                ("p", "{hash(rest, 4)}")
            )
        );

        mapping.Map("up/a/b", _record, ("id", "first"), ("id", "second"));

        Assert.That(Text(_record.KafkaTopic), Is.EqualTo("up.a.b"));
        Assert.That(Text(_record.Key), Is.EqualTo("first"));
        Assert.That(Text(_record.Headers.Value(0)), Is.EqualTo("b1:up/a/b"));
        Assert.That(Text(_record.Headers.Value(1)), Is.EqualTo($"{Murmur2.Modulo("a/b"u8, 4)}"));
    }

    [Test]
    public void A_missing_user_property_is_a_rejection_that_names_it()
    {
        var mapping = Compile(Rule("a", "t", "{property:id}"));

        Assert.That(mapping.Map("a", _record, ("Id", "1")), Is.EqualTo(MappingVerdict.Rejected));
        Assert.That(_record.Rejection, Does.EndWith("the message has no property:id"));
    }

    [Test]
    public void A_client_without_a_legal_name_costs_the_message_only_its_client()
    {
        var mapping = Compile(Rule("d/{src}/up", "t", client: "{src}"));

        Assert.That(mapping.Map("d//up", _record), Is.EqualTo(MappingVerdict.Mapped));
        Assert.That(_record.HasClient, Is.False);
        Assert.That(mapping.Map("d/c1/up", _record), Is.EqualTo(MappingVerdict.Mapped));
        Assert.That((_record.HasClient, Text(_record.Client)), Is.EqualTo((true, "c1")));
    }

    [Test]
    public void A_rejected_message_keeps_its_key_and_the_names_of_the_rules_headers()
    {
        var mapping = Compile(Rule("d/{a}/{b}", "t.{b}", "{a}", null, ("who", "{a}"), ("what", "{property:x}")));

        Assert.That(mapping.Map("d/1/2.3", _record), Is.EqualTo(MappingVerdict.Rejected));
        Assert.That(_record.Rejection, Does.Contain("{property:x}"), "the first of two reasons");
        Assert.That((_record.HasKey, Text(_record.Key)), Is.EqualTo((true, "1")));
        Assert.That(Text(_record.Headers.Value(0)), Is.EqualTo("1"));
        Assert.That(Text(_record.Headers.Name(1)), Is.EqualTo("what"));
        Assert.That(_record.Headers.Value(1).IsEmpty, Is.True);
    }

    [Test]
    public void Without_Key_and_Client_there_is_neither()
    {
        var mapping = Compile(Rule("a/{x}", "t", "{x}", "{x}"), Rule("b", "t"));
        mapping.Map("a/1", _record);
        Assert.That((_record.HasKey, _record.HasClient), Is.EqualTo((true, true)));

        mapping.Map("b", _record);

        Assert.That((_record.HasKey, _record.HasClient), Is.EqualTo((false, false)));
        Assert.That(_record.Key.Length + _record.Client.Length, Is.Zero);
    }

    [Test]
    public void Topics_without_values_are_named_for_creation()
    {
        var mapping = Compile([
            .. Prototype,
            Rule("x", "mqtt.mqtt"),
            Rule("y", "other"),
            Rule("z/{p}", "{hash(p, 3)}.z"),
        ]);

        Assert.That(mapping.KafkaTopics, Is.EqualTo(new[] { "mqtt.mqtt", "other" }));
    }

    [Test]
    public void Ten_thousand_rules_are_compiled_in_seconds()
    {
        var rules = Enumerable
            .Range(0, 10_000)
            .Select(number => Rule($"site/{number}/{{d}}/up", "up", "{d}"))
            .ToArray();
        var start = System.Diagnostics.Stopwatch.GetTimestamp();

        var mapping = Compile(rules);

        Assert.That(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds, Is.LessThan(10));
        mapping.Map("site/9999/x/up", _record);
        Assert.That(_record.Rule, Is.EqualTo(9999));
    }
}
