using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Kalinka.Common.Mapping;

namespace Kalinka.Tests.Common.Mapping;

public class KafkaPatternTest
{
    private static readonly Gen<string> Names =
        from characters in Gen.Elements("a", "b", "_", "-", ".", "x-").ListOf()
        select string.Concat(characters);

    private static readonly Gen<string> Patterns =
        from pieces in Gen.Elements("a", "b", "_", "-", ".", "{1}").ListOf()
        select string.Concat(pieces.Select((piece, index) => piece == "{1}" ? $"{{c{index}}}" : piece));

    [TestCase("mqtt.mqtt", "mqtt.mqtt", "")]
    [TestCase("{system}.mqtt", "spark.mqtt", "system=spark")]
    [TestCase("{a}.{b}", "x.y", "a=x b=y")]
    [TestCase("dev-{x}.mqtt", "dev-17.mqtt", "x=17")]
    [TestCase("{a}-{b}.z", "x-y-z.z", "a=x b=y-z")]
    [TestCase("{a}-z", "x-z-z", "a=x-z")]
    [TestCase("v{n}_{kind}", "v2_raw", "n=2 kind=raw")]
    public void A_capture_is_a_run_without_a_dot(string pattern, string kafkaTopic, string expected)
    {
        Assert.That(Captures(pattern, kafkaTopic), Is.EqualTo(expected));
    }

    [TestCase("{system}.mqtt", ".mqtt")]
    [TestCase("{system}.mqtt", "a.b.mqtt")]
    [TestCase("{system}.mqtt", "a.mqtt.x")]
    [TestCase("{a}.{b}", "x.")]
    [TestCase("{a}.{b}", "__consumer.offsets")]
    [TestCase("{a}.{b}", "kalinka.dead-letter")]
    [TestCase("{a}", "..")]
    [TestCase("{a}-", "a-b")]
    public void Another_topic_does_not_match(string pattern, string kafkaTopic)
    {
        Assert.That(Captures(pattern, kafkaTopic), Is.Null);
    }

    [TestCase("", "no legal Kafka topic name")]
    [TestCase("..", "no legal Kafka topic name")]
    [TestCase("a/b", "character 2: '/' cannot stand")]
    [TestCase("{x", "not closed")]
    [TestCase("a}", "'}' cannot stand")]
    [TestCase("{a}{b}", "character 4: between two captures")]
    [TestCase("{a}.{a}", "stands here twice")]
    [TestCase("a.{rest...}", "a run without a dot")]
    [TestCase("__{x}", "internal topics")]
    public void What_is_wrong_is_told_with_its_place(string pattern, string complaint)
    {
        Assert.That(Parsed.KafkaErrors(pattern), Has.One.Contains(complaint));
    }

    [TestCase("mqtt.mqtt", "mqtt.mqtt")]
    [TestCase("a.{x}", @"^a\.[a-zA-Z0-9_-]+$")]
    [TestCase("{x}.a", @"^([a-zA-Z0-9-][a-zA-Z0-9_-]*|_([a-zA-Z0-9-][a-zA-Z0-9_-]*)?)\.a$")]
    public void It_is_subscribed_to_by_name_or_by_expression(string pattern, string subscription)
    {
        Assert.That(Parsed.Kafka(pattern).Subscription, Is.EqualTo(subscription));
    }

    [Test]
    public void The_expression_matches_what_the_pattern_matches()
    {
        var samples =
            from pattern in Patterns
            where Parsed.KafkaErrors(pattern).Length == 0 && pattern.Contains('{')
            from name in Gen.OneOf(Names, FromPattern(pattern))
            where KafkaTopicName.IsLegal(Encoding.UTF8.GetBytes(name))
            select (pattern, name);
        samples.Holds(
            sample =>
                Regex.IsMatch(sample.name, Parsed.Kafka(sample.pattern).Subscription)
                == (Captures(sample.pattern, sample.name) is not null),
            5000
        );
    }

    [Test]
    public void What_is_captured_puts_the_name_together_again()
    {
        var samples =
            from pattern in Patterns
            where Parsed.KafkaErrors(pattern).Length == 0
            from name in FromPattern(pattern)
            let captures = Captures(pattern, name)
            where captures is not null
            select (pattern, name, captures);
        samples.Holds(sample =>
            sample
                .captures.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(capture => capture.Split('='))
                .Aggregate(sample.pattern, (text, capture) => text.Replace($"{{{capture[0]}}}", capture[1]))
            == sample.name
        );
    }

    /// <summary>A name that is likely to match: captures replaced by short runs.</summary>
    private static Gen<string> FromPattern(string pattern) =>
        from runs in Gen.Elements("a", "_", "-", "a-b", "_a", "__").ArrayOf(10)
        select Regex.Replace(pattern, @"\{c(\d+)\}", match => runs[int.Parse(match.Groups[1].Value) % runs.Length]);

    private static string? Captures(string text, string kafkaTopic)
    {
        var pattern = Parsed.Kafka(text);
        var topic = Encoding.UTF8.GetBytes(kafkaTopic);
        var ranges = new CaptureRange[pattern.Captures.Count];
        return pattern.TryMatch(topic, ranges)
            ? string.Join(
                ' ',
                pattern.Captures.Zip(ranges, (name, range) => $"{name}={Encoding.UTF8.GetString(range.Of(topic))}")
            )
            : null;
    }
}
