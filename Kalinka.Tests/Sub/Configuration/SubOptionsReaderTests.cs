using Kalinka.Sub;
using Kalinka.Tests.Common.Configuration;

namespace Kalinka.Tests.Sub.Configuration;

internal sealed class SubOptionsReaderTests
{
    [TestCase("""{ "ZooKeeper": null }""", "ZooKeeper:ConnectionString", "is required")]
    [TestCase("""{ "Delivery": { "Mode": "Both" } }""", "Delivery:Mode", "'Both' must be one of Direct, Partitioned")]
    [TestCase("""{ "Delivery": { "Partitions": 0 } }""", "Delivery:Partitions", "from 1 to 100000")]
    [TestCase("""{ "Delivery": { "Topic": "a b" } }""", "Delivery:Topic", "name of a Kafka topic")]
    [TestCase("""{ "Delivery": { "AbsentClient": "Wait" } }""", "Delivery:AbsentClient", "DeadLetter, Drop")]
    [TestCase("""{ "Delivery": { "AbsentWait": "10s" } }""", "Delivery:AbsentWait", "hh:mm:ss")]
    [TestCase("""{ "Delivery": { "BrokerWait": "2.00:00:00" } }""", "Delivery:BrokerWait", "to 1.00:00:00")]
    [TestCase("""{ "Delivery": { "InFlightPerClient": 0 } }""", "Delivery:InFlightPerClient", "from 1 to 1000")]
    [TestCase("""{ "Delivery": { "MaxAge": "00:00:00" } }""", "Delivery:MaxAge", "from 00:00:01")]
    [TestCase("""{ "Delivery": { "ExpirySlak": "00:00:05" } }""", "Delivery:ExpirySlak", "did you mean ExpirySlack?")]
    [TestCase("""{ "Presence": { "Sources": [] } }""", "Presence", "kalinka-pub only")]
    [TestCase("""{ "Records": { "Sequence": true } }""", "Records", "kalinka-pub only")]
    [TestCase("""{ "Mapping": { "Unmapped": "Drop" } }""", "Mapping:Unmapped", "kalinka-pub only")]
    [TestCase(
        """{ "Mapping": { "Rules": [ { "From": "a", "To": "b" } ] } }""",
        "Mapping:Rules:0:Client",
        "is required"
    )]
    public void A_mistake_is_told_with_its_place_and_what_would_be_right(
        string fragment,
        string keyPath,
        params string[] words
    )
    {
        var loaded = ConfigurationText.LoadSub(ConfigurationText.Sub.With(fragment));

        var error = loaded.Findings.OnlyError();
        Assert.That(error.KeyPath, Is.EqualTo(keyPath));
        foreach (var word in words)
        {
            Assert.That(error.Message, Does.Contain(word));
        }
    }

    [TestCase("kalinka.dead-letter", "kalinka.dead-letter")]
    [TestCase("{system}.mqtt", "dead.mqtt")]
    public void A_rule_that_reads_dead_letters_is_refused_because_they_would_come_back_for_ever(
        string from,
        string deadLetterTopic
    )
    {
        var loaded = ConfigurationText.LoadSub(
            ConfigurationText.Sub.With(
                $$"""
                {
                  "Mapping": { "Rules": [ { "From": "a", "To": "b", "Client": "{key}" }, { "From": "{{from}}", "To": "b", "Client": "{key}" } ] },
                  "DeadLetter": { "Topic": "{{deadLetterTopic}}" }
                }
                """
            )
        );

        var error = loaded.Findings.OnlyError();
        Assert.That(error.KeyPath, Is.EqualTo("Mapping:Rules:1:From"));
        Assert.That(error.Message, Does.Contain(deadLetterTopic).And.Contain("DeadLetter:Topic"));
    }

    [TestCase("2", "at least once")]
    [TestCase("3", "from 0 to 1")]
    [TestCase("-1", "from 0 to 1")]
    public void A_quality_of_service_that_cannot_be_promised_is_refused_and_says_why(string qos, string words)
    {
        var loaded = ConfigurationText.LoadSub(
            ConfigurationText.Sub.With(
                $$"""{ "Mapping": { "Rules": [ { "From": "a", "To": "b", "Client": "{key}", "Qos": {{qos}} } ] } }"""
            )
        );

        var error = loaded.Findings.OnlyError();
        Assert.That(error.KeyPath, Is.EqualTo("Mapping:Rules:0:Qos"));
        Assert.That(error.Message, Does.Contain(words));
    }

    [Test]
    public void What_is_not_written_has_the_documented_default()
    {
        var options = Read(ConfigurationText.Sub);

        Assert.Multiple(() =>
        {
            Assert.That(options.Mqtt.ClientId, Is.EqualTo("kalinka-sub"));
            Assert.That(options.Kafka.GroupId, Is.EqualTo("kalinka-sub"));
            Assert.That(options.Mapping.Rules[0].Qos, Is.EqualTo(1));
            Assert.That(options.Mapping.Rules[0].Retain, Is.False);
            Assert.That(
                options.Delivery,
                Is.EqualTo(
                    new DeliveryOptions(
                        AbsentClient.DeadLetter,
                        TimeSpan.FromSeconds(10),
                        TimeSpan.FromSeconds(30),
                        1,
                        TimeSpan.FromDays(7),
                        TimeSpan.FromSeconds(5)
                    )
                )
            );
        });
    }

    [Test]
    public void Keys_of_shared_sections_that_only_pub_uses_are_no_errors_but_a_warning_each()
    {
        var loaded = ConfigurationText.LoadSub(
            ConfigurationText.Sub.With("""{ "Mqtt": { "Seats": 2, "ShareName": "s" } }""")
        );

        Assert.That(loaded.Findings.Errors, Is.Empty);
        Assert.That(
            loaded.Findings.Warnings.Select(warning => warning.KeyPath),
            Is.EquivalentTo(["Mqtt:Seats", "Mqtt:ShareName"])
        );
    }

    [Test]
    public void Skipping_what_is_in_a_topic_already_is_legal_and_warned_of()
    {
        var loaded = ConfigurationText.LoadSub(
            ConfigurationText.Sub.With("""{ "Kafka": { "Properties": { "auto.offset.reset": "latest" } } }""")
        );

        Assert.That(loaded.Findings.Errors, Is.Empty);
        Assert.That(
            loaded.Findings.Warnings.Select(warning => warning.KeyPath),
            Is.EqualTo(["Kafka:Properties:auto.offset.reset"])
        );
    }

    private static SubOptions Read(string text)
    {
        var loaded = ConfigurationText.LoadSub(text);
        Assert.That(loaded.Findings.Errors, Is.Empty);
        return loaded.Options!.Options;
    }
}
