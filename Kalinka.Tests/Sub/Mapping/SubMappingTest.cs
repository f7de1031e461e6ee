using Kalinka.Common.Mapping;
using Kalinka.Common.Mqtt;
using Kalinka.Sub.Deliveries;
using static Kalinka.Tests.Sub.Mapping.SubRules;

namespace Kalinka.Tests.Sub.Mapping;

public class SubMappingTest
{
    private readonly MappedMessage _message = new();

    [Test]
    public void The_prototypes_rules_carry_device_to_device()
    {
        var verdict = Compile(Prototype).Map(Record("mqtt.mqtt", "d1", ("srcId", "s1"), ("srcId", "s2")), _message);

        Assert.That(verdict, Is.EqualTo(MappingVerdict.Mapped));
        Assert.That(_message.Rule, Is.EqualTo(0));
        Assert.That(Text(_message.Client), Is.EqualTo("d1"));
        Assert.That(Text(_message.MqttTopic), Is.EqualTo("mqtt/s1/mqtt/d1/sub"));
        Assert.That((_message.Qos, _message.Retain, _message.TopicNeedsBroker), Is.EqualTo((1, false, false)));
    }

    [Test]
    public void The_prototypes_rules_carry_system_to_device()
    {
        Compile(Prototype).Map(Record("spark.mqtt", "d1"), _message);

        Assert.That(_message.Rule, Is.EqualTo(1));
        Assert.That(Text(_message.MqttTopic), Is.EqualTo("spark/mqtt/d1/sub"));
    }

    [Test]
    public void A_header_is_found_by_a_name_beyond_ASCII()
    {
        var mapping = Compile(Rule("t", "a/{header:größe}/{header:😀}"));
        mapping.Map(
            Record("t", "k", ("grö", "0"), ("größer", "1"), ("grösse", "2"), ("größe", "3"), ("😀", "4")),
            _message
        );

        Assert.That(Text(_message.MqttTopic), Is.EqualTo("a/3/4"));
    }

    [Test]
    public void What_no_rule_matches_is_unmapped()
    {
        var mapping = Compile(Prototype);

        Assert.That(mapping.Map(Record("other", "d1"), _message), Is.EqualTo(MappingVerdict.Unmapped));
        Assert.That(mapping.Map(Record("kalinka.dead-letter", "d1"), _message), Is.EqualTo(MappingVerdict.Unmapped));
    }

    [Test]
    public void The_first_rule_that_matches_wins_whether_it_is_a_name_or_a_pattern()
    {
        var mapping = Compile(
            Rule("a.{x}", "first"),
            Rule("a.b", "second"),
            Rule("c.d", "third"),
            Rule("c.{x}", "fourth")
        );

        mapping.Map(Record("a.b", "k"), _message);
        Assert.That(_message.Rule, Is.EqualTo(0));
        mapping.Map(Record("c.d", "k"), _message);
        Assert.That(_message.Rule, Is.EqualTo(2));
    }

    [TestCase("a+b", "the value of {key} holds the wildcard '+'")]
    [TestCase("a#b", "the value of {key} holds the wildcard '#'")]
    [TestCase("a/b", "the value of {key} holds '/'")]
    [TestCase("a\0b", "the value of {key} holds NUL")]
    [TestCase("", "the result is empty")]
    [TestCase(null, "the message has no key")]
    public void A_hostile_key_is_a_rejection(string? key, string reason)
    {
        Assert.That(Compile(Rule("t", "a/{key}")).Map(Record("t", key), _message), Is.EqualTo(MappingVerdict.Rejected));
        Assert.That(_message.Rejection, Does.Contain(reason));
    }

    [Test]
    public void A_key_that_is_not_UTF8_or_too_long_is_a_rejection()
    {
        var mapping = Compile(Rule("t", "a/{hash(key, 10)}"));

        Assert.That(mapping.Map(Record("t", [0xFF]), _message), Is.EqualTo(MappingVerdict.Rejected));
        Assert.That(_message.Rejection, Does.Contain("not well-formed UTF-8"));
        Assert.That(mapping.Map(Record("t", new string('k', 70_000)), _message), Is.EqualTo(MappingVerdict.Rejected));
        Assert.That(_message.Rejection, Does.Contain("longer than 65,535 bytes"));
    }

    [Test]
    public void A_missing_header_is_a_rejection_that_names_it()
    {
        Assert.That(Compile(Prototype).Map(Record("mqtt.mqtt", "d1"), _message), Is.EqualTo(MappingVerdict.Rejected));
        Assert.That(
            _message.Rejection,
            Is.EqualTo("rule 0, To \"mqtt/{header:srcId}/mqtt/{key}/sub\": the message has no header:srcId")
        );
    }

    [Test]
    public void A_header_may_hold_many_levels_where_the_template_says_so()
    {
        Compile(Rule("t", "re/{header:mqtt-topic...}")).Map(Record("t", "k", ("mqtt-topic", "a/b/c")), _message);

        Assert.That(Text(_message.MqttTopic), Is.EqualTo("re/a/b/c"));
    }

    [Test]
    public void A_topic_that_names_the_broker_waits_for_it()
    {
        var mapping = Compile(Rule("t", "{broker}/{key}", qos: 0, retain: true));
        var record = Record("t", "k");

        Assert.That(mapping.Map(record, _message), Is.EqualTo(MappingVerdict.Mapped));
        Assert.That(_message.TopicNeedsBroker);
        Assert.That(_message.MqttTopic.Length, Is.Zero);
        Assert.That(mapping.RenderTopic(record, "b7"u8, _message), Is.EqualTo(MappingVerdict.Mapped));
        Assert.That(Text(_message.MqttTopic), Is.EqualTo("b7/k"));
        Assert.That((Text(_message.Client), _message.Qos, _message.Retain), Is.EqualTo(("k", 0, true)));
    }

    [Test]
    public void A_topic_with_the_broker_is_rejected_when_it_is_rendered()
    {
        var mapping = Compile(Rule("t", "{broker}/{header:x}"));
        var record = Record("t", "k");
        mapping.Map(record, _message);

        Assert.That(mapping.RenderTopic(record, "b7"u8, _message), Is.EqualTo(MappingVerdict.Rejected));
        Assert.That(_message.Rejection, Does.Contain("no header:x"));
    }

    [Test]
    public void The_rules_properties_are_written_in_their_order()
    {
        var mapping = Compile(Rule("{s}.t", "a", properties: [("system", "{s}"), ("p", "{hash(key, 1)}-{topic}")]));
        var record = Record("spark.t", "k");
        var writer = new PublishPropertiesWriter();

        mapping.Map(record, _message);
        mapping.WriteProperties(record, writer);

        var properties = new PublishProperties(writer.Written);
        Assert.That(properties.TryGetUserProperty("system"u8, out var system) && system.SequenceEqual("spark"u8));
        Assert.That(properties.TryGetUserProperty("p"u8, out var p) && p.SequenceEqual("0-spark.t"u8));
    }

    [Test]
    public void A_property_without_its_value_rejects_the_message()
    {
        var mapping = Compile(Rule("t", "a", properties: ("x", "{header:x}")));

        Assert.That(mapping.Map(Record("t", "k"), _message), Is.EqualTo(MappingVerdict.Rejected));
        Assert.That(_message.Rejection, Is.EqualTo("rule 0, x \"{header:x}\": the message has no header:x"));
    }

    [Test]
    public void More_topics_than_are_remembered_are_mapped_all_the_same()
    {
        var mapping = Compile(Rule("t.{n}", "{n}"));
        for (var number = 0; number < 25_000; number++)
        {
            mapping.Map(Record($"t.{number}", "k"), _message);
            Assert.That(Text(_message.MqttTopic), Is.EqualTo($"{number}"));
        }
    }

    [Test]
    public void Names_are_subscribed_to_as_they_are_and_patterns_as_expressions()
    {
        Assert.That(
            Compile([.. Prototype, Rule("mqtt.mqtt", "again")]).Subscriptions,
            Is.EqualTo(new[] { "mqtt.mqtt", @"^([a-zA-Z0-9-][a-zA-Z0-9_-]*|_([a-zA-Z0-9-][a-zA-Z0-9_-]*)?)\.mqtt$" })
        );
    }
}
