using System.Text;
using Kalinka.Common.Mapping;

namespace Kalinka.Tests.Common.Mapping;

public class MqttPatternTest
{
    [TestCase("a/{x}/c", "a/+/c")]
    [TestCase("{x}/{rest...}", "+/#")]
    [TestCase("{all...}", "#")]
    [TestCase("a/+/#", "a/+/#")]
    [TestCase("/{x}/", "/+/")]
    [TestCase("{{a}}/b{{", "{a}/b{")]
    [TestCase("größe/{x}", "größe/+")]
    [TestCase("$SYS/{x}", "$SYS/+")]
    public void A_pattern_is_a_filter_with_names(string pattern, string filter)
    {
        Assert.That(Parsed.Mqtt(pattern).Filter.Text, Is.EqualTo(filter));
    }

    [TestCase("mqtt/{src}/mqtt/{dest}/pub", "mqtt/s1/mqtt/d1/pub", "src=s1 dest=d1")]
    [TestCase("a/{x}/c", "a//c", "x=")]
    [TestCase("{x}/+/{y}", "1/2/3", "x=1 y=3")]
    [TestCase("a/{rest...}", "a/b/c/d", "rest=b/c/d")]
    [TestCase("a/{rest...}", "a/", "rest=")]
    [TestCase("a/{rest...}", "a", "rest=")]
    [TestCase("{all...}", "/a/", "all=/a/")]
    [TestCase("{x}/{y}", "/", "x= y=")]
    [TestCase("{x}/b", "äö/b", "x=äö")]
    public void Captures_are_levels(string pattern, string mqttTopic, string expected)
    {
        Assert.That(Captures(pattern, mqttTopic), Is.EqualTo(expected));
    }

    [TestCase("", "cannot be empty")]
    [TestCase("a/#/b", "character 3: # and {name...}")]
    [TestCase("{all...}/b", "can only be the last level")]
    [TestCase("a+/b", "must be a whole level")]
    [TestCase("a/b#", "must be a whole level")]
    [TestCase("a/x{y}", "character 3: \"x{y}\": a capture is a whole level")]
    [TestCase("a/{y}x", "a capture is a whole level")]
    [TestCase("a/{y", "a capture is a whole level")]
    [TestCase("a/y}", "a literal brace is written twice")]
    [TestCase("a/{}", "\"\" is no name")]
    [TestCase("a/{1x}", "\"1x\" is no name")]
    [TestCase("a/{x-y}", "\"x-y\" is no name")]
    [TestCase("{x}/{x}", "character 5: the capture {x} stands here twice")]
    [TestCase("a\0b", "NUL")]
    public void What_is_wrong_is_told_with_its_place(string pattern, string complaint)
    {
        Assert.That(Parsed.MqttErrors(pattern), Has.One.Contains(complaint));
    }

    [Test]
    public void Half_a_surrogate_pair_is_no_text()
    {
        Assert.That(Parsed.MqttErrors("a\ud800"), Has.One.Contains("surrogate"));
    }

    [Test]
    public void All_errors_of_a_pattern_come_at_once()
    {
        Assert.That(Parsed.MqttErrors("a+/{1}/#/{x}/{x}"), Has.Length.EqualTo(4));
    }

    [Test]
    public void A_pattern_has_at_most_a_thousand_levels()
    {
        Assert.That(Parsed.MqttErrors(new string('/', 999)), Is.Empty);
        Assert.That(Parsed.MqttErrors(new string('/', 1000)), Has.One.Contains("more than 1000 levels"));
    }

    private static string Captures(string text, string mqttTopic)
    {
        var pattern = Parsed.Mqtt(text);
        var topic = Encoding.UTF8.GetBytes(mqttTopic);
        Assert.That(pattern.Filter.Matches(topic));
        var ranges = new CaptureRange[pattern.Captures.Count];
        pattern.Capture(topic, ranges);
        return string.Join(
            ' ',
            pattern.Captures.Zip(ranges, (name, range) => $"{name}={Encoding.UTF8.GetString(range.Of(topic))}")
        );
    }
}
