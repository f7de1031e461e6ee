using Kalinka.Common.Mapping;

namespace Kalinka.Tests.Common.Mapping;

public class TemplateErrorsTest
{
    [TestCase("a/{x", "character 3: the brace is not closed")]
    [TestCase("a/x}", "character 4: a brace that closes nothing")]
    [TestCase(
        "a/{systm}",
        "character 4: there is no {systm} here, only {system}, {key}, {topic}, {broker}; did you mean system?"
    )]
    [TestCase("a/{kye}", "did you mean key?")]
    [TestCase("a/{}", "there is no {} here")]
    [TestCase("a/{haeder:x}", "did you mean header:?")]
    [TestCase("a/{header:}", "needs a name after the colon")]
    [TestCase("a/{hsah(key, 3)}", "there is no function \"hsah\", only hash(name, n); did you mean hash?")]
    [TestCase("a/{hash(key)}", "hash takes a name and a number")]
    [TestCase("a/{hash(key, 0)}", "hash takes a name and a number")]
    [TestCase("a/{hash(key, -1)}", "hash takes a name and a number")]
    [TestCase("a/{hash(key, 2147483648)}", "hash takes a name and a number")]
    [TestCase("a/{hash(kye, 2)}", "did you mean key?")]
    [TestCase("a/+/{key}", "holds the wildcard '+'")]
    [TestCase("a/#", "holds the wildcard '#'")]
    [TestCase("", "the result is empty")]
    public void What_is_wrong_is_told_with_its_place(string template, string complaint)
    {
        Assert.That(Parsed.TemplateErrors(template, TemplatePlace.MqttTopic, "system"), Has.One.Contains(complaint));
    }

    [TestCase("a b")]
    [TestCase("a/{key}")]
    [TestCase("..")]
    [TestCase("")]
    public void A_Kafka_topic_that_can_never_be_legal_is_an_error(string template)
    {
        Assert.That(Parsed.TemplateErrors(template, TemplatePlace.KafkaTopic), Has.Length.EqualTo(1));
    }

    [Test]
    public void Half_a_surrogate_pair_is_no_text()
    {
        Assert.That(Parsed.TemplateErrors("a\ud800", TemplatePlace.Bytes), Has.One.Contains("surrogate"));
    }

    [Test]
    public void All_errors_of_a_template_come_at_once()
    {
        Assert.That(Parsed.TemplateErrors("{a}/{b}/+/{hash(c)}", TemplatePlace.MqttTopic), Has.Length.EqualTo(4));
    }

    [Test]
    public void A_capture_hides_what_else_has_its_name()
    {
        Assert.That(Parsed.TemplateErrors("{key}", TemplatePlace.Bytes, "key"), Is.Empty);
    }
}
