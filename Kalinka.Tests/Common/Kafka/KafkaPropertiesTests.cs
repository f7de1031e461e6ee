using Kalinka.Common.Configuration;
using Kalinka.Common.Kafka;

namespace Kalinka.Tests.Common.Kafka;

internal sealed class KafkaPropertiesTests
{
    [Test]
    public void Good_properties_of_producer_consumer_and_topics_pass()
    {
        Assert.That(
            Errors(
                ("compression.type", "lz4"),
                ("fetch.min.bytes", "100"),
                ("request.timeout.ms", "5000"),
                ("security.protocol", "ssl"),
                ("acks", "all")
            ),
            Is.Empty
        );
    }

    [Test]
    public void Every_mistake_is_told_with_its_key_path()
    {
        var errors = Errors(("compresion.type", "lz4"), ("linger.ms", "soon"), ("acks", "1"));

        Assert.That(
            errors.Select(error => error.KeyPath),
            Is.EqualTo(["Kafka:Properties:compresion.type", "Kafka:Properties:linger.ms", "Kafka:Properties:acks"])
        );
    }

    [TestCase("compresion.type", "compression.type")]
    [TestCase("linger.mss", "linger.ms")]
    [TestCase("session.timout.ms", "session.timeout.ms")]
    public void A_misspelt_name_gets_the_nearest_one_as_a_hint(string misspelt, string meant)
    {
        Assert.That(Errors((misspelt, "1")).Single().Message, Does.EndWith($"did you mean {meant}?"));
    }

    [TestCase("acks", "1")]
    [TestCase("request.required.acks", "0")]
    [TestCase("enable.idempotence", "false")]
    [TestCase("message.timeout.ms", "300000")]
    [TestCase("delivery.timeout.ms", "300000")]
    [TestCase("retries", "3")]
    [TestCase("partitioner", "consistent")]
    [TestCase("transactional.id", "t")]
    [TestCase("group.id", "g")]
    [TestCase("bootstrap.servers", "127.0.0.1:9092")]
    [TestCase("enable.auto.offset.store", "true")]
    [TestCase("enable.auto.commit", "false")]
    public void What_a_promise_depends_on_cannot_be_changed(string name, string value)
    {
        var error = Errors((name, value)).Single();

        Assert.That(error.Message, Does.StartWith(name).And.Contain("cannot be").And.Contain(": "));
    }

    [Test]
    public void Naming_the_value_that_holds_anyway_is_no_mistake()
    {
        Assert.That(Errors(("acks", "-1"), ("enable.idempotence", "true"), ("message.timeout.ms", "0")), Is.Empty);
    }

    [Test]
    public void Properties_that_contradict_each_other_are_told()
    {
        Assert.That(
            Errors(("max.in.flight.requests.per.connection", "50")).Single().Message,
            Does.Contain("max.in.flight")
        );
    }

    [Test]
    public void A_certificate_file_that_is_not_there_is_told()
    {
        Assert.That(
            Errors(("security.protocol", "ssl"), ("ssl.ca.location", "/no/such/file.pem")).Single().Message,
            Does.Contain("ssl.ca.location")
        );
    }

    [Test]
    public void The_group_protocol_of_KIP_848_leaves_out_what_does_not_go_with_it()
    {
        Assert.That(Errors(("group.protocol", "consumer")), Is.Empty);
        Assert.That(
            Errors(("group.protocol", "consumer"), ("session.timeout.ms", "6000")).Single().Message,
            Does.Contain("session.timeout.ms")
        );
    }

    [Test]
    public void A_property_that_is_set_under_its_other_name_wins_over_the_default()
    {
        var properties = ProducerProperties.Of(
            Producing.OptionsFor("127.0.0.1:9092", ("queue.buffering.max.ms", "20")),
            "test"
        );

        Assert.That(
            properties.Select(property => property.Key).ToList(),
            Is.SupersetOf(["linger.ms", "queue.buffering.max.ms"])
        );
        Assert.That(
            properties.TakeWhile(property => property.Key != "queue.buffering.max.ms").Select(property => property.Key),
            Has.Member("linger.ms")
        );
    }

    private static IReadOnlyList<ConfigurationError> Errors(params (string, string)[] properties) =>
        KafkaProperties.Validate(Producing.OptionsFor("127.0.0.1:9092", properties));
}
