using static Kalinka.Tests.Sub.Mapping.SubRules;

namespace Kalinka.Tests.Sub.Mapping;

public class SubExplainTest
{
    [Test]
    public void It_tells_the_result_and_which_rules_do_not_match()
    {
        var mapping = Compile([.. Prototype, Rule("{s}.x", "{s}", properties: ("k", "{key}"))]);

        var explanation = mapping.Explain("spark.x", "d1", []);

        Assert.That((explanation.Matched, explanation.Rule), Is.EqualTo((true, (int?)2)));
        Assert.That((explanation.Topic, explanation.Client, explanation.Key), Is.EqualTo(("spark", "d1", "d1")));
        Assert.That(
            (explanation.Qos, explanation.Retain, explanation.Reason),
            Is.EqualTo(((int?)1, (bool?)false, (string?)null))
        );
        Assert.That(explanation.Headers, Is.EqualTo(new[] { KeyValuePair.Create("k", "d1") }));
        Assert.That(
            explanation.Lines,
            Is.EqualTo(
                new[]
                {
                    "rule 0 (mqtt.mqtt) does not match \"spark.x\"",
                    "rule 1 ({system}.mqtt) does not match \"spark.x\"",
                    "rule 2 ({s}.x) matches",
                    "  {s} = \"spark\"",
                }
            )
        );
    }

    [Test]
    public void A_topic_that_names_the_broker_is_unknown_yet()
    {
        var explanation = Compile(Rule("t", "{broker}/{key}")).Explain("t", "d1", []);

        Assert.That((explanation.Topic, explanation.TopicNeedsBroker), Is.EqualTo(((string?)null, true)));
        Assert.That(explanation.Reason, Is.Null);
    }

    [TestCase("mqtt.mqtt", "d1", "rule 0, To", true)]
    [TestCase("a.mqtt", null, "no key", true)]
    [TestCase("a.mqtt", "d/1", "holds '/'", true)]
    [TestCase("other", "d1", "no rule matches", false)]
    [TestCase("no/topic", "d1", "no legal Kafka topic name", false)]
    [TestCase("", "d1", "no legal Kafka topic name", false)]
    public void A_record_that_goes_nowhere_has_a_reason(string kafkaTopic, string? key, string reason, bool matched)
    {
        var explanation = Compile(Prototype).Explain(kafkaTopic, key, []);

        Assert.That(explanation.Matched, Is.EqualTo(matched));
        Assert.That(explanation.Reason, Does.Contain(reason));
    }
}
