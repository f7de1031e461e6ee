using System.Text;
using Kalinka.Common.Mapping;

namespace Kalinka.Tests.Common.Mapping;

public class TemplateTest
{
    [TestCase("a.{x}.b", "1", "a.1.b")]
    [TestCase("{x...}", "a/b/c", "a.b.c")]
    [TestCase("t.{x...}", "a.b/c", "t.a.b.c")]
    [TestCase("{hash(x, 16)}.mqtt", "foobar", "14.mqtt")]
    [TestCase("{hash( header:a,b , 1 )}", "any / value + at # all", "0")]
    [TestCase("__{x}", "own", "__own")]
    public void A_Kafka_topic_takes_segments(string template, string value, string expected)
    {
        Assert.That(Render(template, TemplatePlace.KafkaTopic, value), Is.EqualTo(expected));
    }

    [TestCase("a.{x}", "1.2", "the value of {x} holds '.'")]
    [TestCase("a.{x}", "1/2", "the value of {x} holds '/'")]
    [TestCase("a.{x...}", "1/+", "no legal Kafka topic name")]
    [TestCase("a.{x}", "é", "no legal Kafka topic name")]
    [TestCase("{x}", "", "no legal Kafka topic name")]
    [TestCase("{x...}", "..", "no legal Kafka topic name")]
    [TestCase("{x}", "__consumer_offsets", "reserved")]
    [TestCase("_{x}", "_x", "reserved")]
    [TestCase("kalinka.{x}", "delivery", "reserved")]
    public void A_value_that_makes_no_Kafka_topic_is_rejected(string template, string value, string reason)
    {
        Assert.That(Rejection(template, TemplatePlace.KafkaTopic, value), Does.Contain(reason));
    }

    [TestCase("a/{x}/b", "1", "a/1/b")]
    [TestCase("a/{x}/b", "", "a//b")]
    [TestCase("a/{x...}", "1/2", "a/1/2")]
    [TestCase("{{{x}}}", "é", "{é}")]
    [TestCase("$own/{x}", "1", "$own/1")]
    [TestCase("a/{x}", "$SYS", "a/$SYS")]
    public void An_MQTT_topic_takes_levels(string template, string value, string expected)
    {
        Assert.That(Render(template, TemplatePlace.MqttTopic, value), Is.EqualTo(expected));
    }

    [TestCase("a/{x}", "1/2", "the value of {x} holds '/'")]
    [TestCase("a/{x}", "+", "holds the wildcard '+'")]
    [TestCase("a/{x...}", "1/#", "holds the wildcard '#'")]
    [TestCase("a/{x}", "\0", "holds NUL")]
    [TestCase("{x}", "", "is empty")]
    [TestCase("{x...}", "$SYS/a", "begins with '$'")]
    [TestCase("{x}/a", "$share", "begins with '$'")]
    public void A_value_that_makes_no_MQTT_topic_is_rejected(string template, string value, string reason)
    {
        Assert.That(Rejection(template, TemplatePlace.MqttTopic, value), Does.Contain(reason));
    }

    [Test]
    public void A_key_of_70_000_bytes_is_no_topic_and_no_client_but_a_key()
    {
        var value = new string('k', 70_000);

        Assert.That(Rejection("{x}", TemplatePlace.MqttTopic, value), Does.Contain("longer than 65,535 bytes"));
        Assert.That(Rejection("{x}", TemplatePlace.ClientIdentifier, value), Does.Contain("longer than 65,535 bytes"));
        Assert.That(Rejection("{x}", TemplatePlace.KafkaTopic, value), Does.Contain("longer than 249"));
        Assert.That(Render("{x}", TemplatePlace.Bytes, value), Is.EqualTo(value));
    }

    [Test]
    public void A_key_takes_any_bytes()
    {
        byte[] any = [0, 0xFF, 0x2B, 0x23, 0x2F];
        var into = new ReusableBytes();
        var values = new OneValue(any);

        Assert.That(Parsed.Template("{x}", TemplatePlace.Bytes, "x").TryRender(ref values, into, out _));
        Assert.That(into.Written.ToArray(), Is.EqualTo(any));
    }

    [Test]
    public void Malformed_UTF8_is_no_topic_and_no_client()
    {
        var values = new OneValue([0xC3]);
        foreach (
            var place in new[] { TemplatePlace.MqttTopic, TemplatePlace.ClientIdentifier, TemplatePlace.UserProperty }
        )
        {
            Parsed.Template("a{key}", place).TryRender(ref values, new ReusableBytes(), out var rejection);
            Assert.That(rejection, Is.EqualTo("the value of {key} is not well-formed UTF-8"));
        }
    }

    [TestCase("{key}", "the message has no key")]
    [TestCase("{header:srcId}", "the message has no header:srcId")]
    [TestCase("{hash(property:p, 3)}", "the message has no property:p")]
    public void A_missing_value_is_named(string template, string reason)
    {
        var values = new OneValue(null);
        Parsed.Template(template, TemplatePlace.Bytes).TryRender(ref values, new ReusableBytes(), out var rejection);

        Assert.That(rejection, Is.EqualTo(reason));
    }

    [Test]
    public void An_empty_client_is_rejected()
    {
        Assert.That(Rejection("{x}", TemplatePlace.ClientIdentifier, ""), Is.EqualTo("the result is empty"));
    }

    [Test]
    public void A_template_is_constant_only_without_values()
    {
        Assert.That(Parsed.Template("a.b", TemplatePlace.KafkaTopic).Constant, Is.EqualTo("a.b"));
        Assert.That(Parsed.Template("a.{x}", TemplatePlace.KafkaTopic, "x").Constant, Is.Null);
        Assert.That(Parsed.Template("{hash(x, 2)}", TemplatePlace.KafkaTopic, "x").Constant, Is.Null);
    }

    private static string Render(string template, TemplatePlace place, string value)
    {
        var values = new OneValue(Encoding.UTF8.GetBytes(value));
        var into = new ReusableBytes();
        Assert.That(Parsed.Template(template, place, "x").TryRender(ref values, into, out var rejection), rejection);
        return Encoding.UTF8.GetString(into.Written);
    }

    private static string? Rejection(string template, TemplatePlace place, string value)
    {
        var values = new OneValue(Encoding.UTF8.GetBytes(value));
        var rendered = Parsed
            .Template(template, place, "x")
            .TryRender(ref values, new ReusableBytes(), out var rejection);
        Assert.That(rendered, Is.False);
        return rejection;
    }
}
