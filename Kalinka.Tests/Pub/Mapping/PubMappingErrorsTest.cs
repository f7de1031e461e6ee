using static Kalinka.Tests.Pub.Mapping.PubRules;

namespace Kalinka.Tests.Pub.Mapping;

public class PubMappingErrorsTest
{
    [Test]
    public void All_errors_of_all_rules_come_at_once_with_their_key_paths()
    {
        var errors = Errors(
            Rule("a/{x}", "t.{y}", "{z", "", ("h", "{header:h}"), ("mqtt-topic", "x")),
            Rule("$share/g/a", "no/topic"),
            Rule("fine", "fine")
        );

        Assert.That(
            errors.Select(error => error.KeyPath),
            Is.EquivalentTo(
                new[]
                {
                    "Mapping:Rules:0:To",
                    "Mapping:Rules:0:Key",
                    "Mapping:Rules:0:Client",
                    "Mapping:Rules:0:Headers:h",
                    "Mapping:Rules:0:Headers:mqtt-topic",
                    "Mapping:Rules:1:From",
                    "Mapping:Rules:1:To",
                }
            )
        );
    }

    [TestCase("{key}", "an MQTT message has no key")]
    [TestCase("{header:h}", "an MQTT message has no headers")]
    [TestCase("{hash(key, 2)}", "an MQTT message has no key")]
    [TestCase("{devcie}", "did you mean device?")]
    public void What_an_MQTT_message_does_not_have_is_an_error_that_says_so(string key, string complaint)
    {
        var errors = Errors(Rule("a/{device}", "t", key));

        Assert.That(errors, Has.Count.EqualTo(1));
        Assert.That(errors[0].Message, Does.Contain(complaint));
    }

    [Test]
    public void A_wrong_pattern_is_not_blamed_on_the_templates()
    {
        Assert.That(Errors(Rule("a/{x}/#/b", "t", "{x}")).Single().KeyPath, Is.EqualTo("Mapping:Rules:0:From"));
    }

    [Test]
    public void Shared_subscriptions_are_not_for_rules()
    {
        Assert.That(Errors(Rule("$share/g/a", "t")).Single().Message, Does.Contain("Mqtt:ShareName"));
    }

    [Test]
    public void Without_rules_there_is_nothing_to_do()
    {
        Assert.That(Errors().Single().KeyPath, Is.EqualTo("Mapping:Rules"));
    }
}
