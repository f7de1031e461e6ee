using static Kalinka.Tests.Pub.Mapping.PubRules;

namespace Kalinka.Tests.Pub.Mapping;

public class PubExplainTest
{
    [Test]
    public void It_tells_the_result_and_why_earlier_rules_do_not_match()
    {
        var explanation = Compile(Prototype).Explain("mqtt/s1/spark/pub", "b1", []);

        Assert.That(explanation.Matched);
        Assert.That(explanation.Rule, Is.EqualTo(1));
        Assert.That(explanation.Topic, Is.EqualTo("mqtt.spark"));
        Assert.That(explanation.Key, Is.EqualTo("s1"));
        Assert.That(explanation.Client, Is.EqualTo("s1"));
        Assert.That(explanation.Headers, Is.EqualTo(new[] { KeyValuePair.Create("srcId", "s1") }));
        Assert.That(
            (explanation.Qos, explanation.Retain, explanation.Reason),
            Is.EqualTo(((int?)null, (bool?)null, (string?)null))
        );
        Assert.That(
            explanation.Lines,
            Is.EqualTo(
                new[]
                {
                    "rule 0 (mqtt/{src}/mqtt/{dest}/pub) does not match: level 3 is \"spark\", not \"mqtt\"",
                    "rule 1 (mqtt/{src}/{system}/pub) matches",
                    "  {src} = \"s1\"",
                    "  {system} = \"spark\"",
                }
            )
        );
    }

    [Test]
    public void User_properties_count()
    {
        var mapping = Compile(Rule("a", "t", "{property:id}"));

        Assert.That(mapping.Explain("a", "b1", [new("id", "7")]).Key, Is.EqualTo("7"));
        Assert.That(mapping.Explain("a", "b1", []).Reason, Does.Contain("no property:id"));
    }

    [Test]
    public void A_rejection_is_a_reason_of_the_rule_that_matches()
    {
        var explanation = Compile(Prototype).Explain("mqtt/s1/a.b/pub", "b1", []);

        Assert.That((explanation.Matched, explanation.Rule), Is.EqualTo((true, (int?)1)));
        Assert.That(explanation.Topic, Is.Null);
        Assert.That(explanation.Reason, Does.StartWith("rule 1, To"));
    }

    [TestCase("a/+/b", "holds the wildcard '+'")]
    [TestCase("#", "holds the wildcard '#'")]
    [TestCase("", "is empty")]
    [TestCase("a\0", "holds NUL")]
    [TestCase("nobody/wants/this", "no rule matches")]
    public void A_topic_that_goes_nowhere_is_a_reason(string mqttTopic, string reason)
    {
        var explanation = Compile(Prototype).Explain(mqttTopic, "b1", []);

        Assert.That(explanation.Matched, Is.False);
        Assert.That(explanation.Reason, Does.Contain(reason));
    }

    [Test]
    public void Half_a_surrogate_pair_and_a_long_property_are_reasons_too()
    {
        var mapping = Compile(Prototype);

        Assert.That(mapping.Explain("a\ud800", "b1", []).Reason, Does.Contain("UTF-16"));
        Assert.That(mapping.Explain("a", "b1", [new("x", new string('y', 65_536))]).Reason, Does.Contain("65,535"));
    }

    [Test]
    public void Ten_thousand_rules_do_not_fill_the_screen()
    {
        var rules = Enumerable.Range(0, 10_000).Select(number => Rule($"{number}", "t")).ToArray();

        Assert.That(Compile(rules).Explain("x", "b1", []).Lines, Has.Count.EqualTo(101));
    }
}
