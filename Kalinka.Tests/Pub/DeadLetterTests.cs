using System.Text;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Pub;

/// <summary>What cannot go its way.</summary>
[TestFixture]
public sealed class DeadLetterTests : SeatFlowFixture
{
    [Test]
    public void Or_it_becomes_a_dead_letter_when_the_configuration_says_so()
    {
        _flow = NewFlow(deadLetterUnmapped: true, TopicCreation.FromRules, bufferBytes: 1_000_000);
        Receive("elsewhere", identifier: 3, payload: "x");

        var letter = _producer.Records.Single();
        Assert.That(letter.KafkaTopic, Is.EqualTo(DeadLetters));
        Assert.That(letter.Header("kalinka-reason"), Is.EqualTo("no rule matches"));
        Assert.That(letter.Header("kalinka-daemon"), Is.EqualTo("kalinka-pub"));
        Assert.That(letter.Header("kalinka-origin"), Is.EqualTo("b1/elsewhere"));
        Assert.That(_connection.Acknowledged, Is.Empty, "before the dead letter's own report");

        _reports.OnDelivered([letter.Token]);

        Assert.That(_connection.Acknowledged, Is.EqualTo(new ushort[] { 3 }));
    }

    [Test]
    public void A_malformed_message_that_was_accepted_is_a_dead_letter_whatever_its_topic()
    {
        _flow.OnPublish(
            new IncomingPublish
            {
                Topic = [0xC3, 0x28],
                Payload = "x"u8,
                PacketIdentifier = 9,
                Qos = 1,
                Retain = false,
                Dup = true,
                Malformed = "a topic name that is not UTF-8",
                Properties = default,
            }
        );

        var letter = _producer.Records.Single();
        Assert.That(letter.KafkaTopic, Is.EqualTo(DeadLetters));
        Assert.That(letter.Key, Is.Null);
        Assert.That(letter.Value, Is.EqualTo("x"u8.ToArray()));
        Assert.That(letter.Header("kalinka-reason"), Is.EqualTo("a topic name that is not UTF-8"));
        Assert.That(_counters.Malformed, Is.EqualTo(1));
        _reports.OnDelivered([letter.Token]);
        Assert.That(_connection.Acknowledged, Is.EqualTo(new ushort[] { 9 }));
    }

    [Test]
    public void An_unknown_topic_is_a_dead_letter_at_once()
    {
        Receive("mqtt/d1/nobody/pub", identifier: 4);

        var letter = _producer.Records.Single();
        Assert.That(letter.KafkaTopic, Is.EqualTo(DeadLetters));
        Assert.That(letter.Key, Is.EqualTo("d1"));
        Assert.That(letter.Header("srcId"), Is.EqualTo("d1"));
        Assert.That(letter.Header("kalinka-reason"), Is.EqualTo("unknown topic mqtt.nobody"));
    }

    [TestCase(ProduceResult.TooLarge, "too large for the producer: 5 bytes")]
    [TestCase(ProduceResult.NotAuthorized, "not authorized to write to topic mqtt.mqtt")]
    [TestCase(ProduceResult.UnknownTopic, "unknown topic mqtt.mqtt")]
    public void What_the_producer_refuses_says_why(ProduceResult result, string reason)
    {
        _producer.Results.Enqueue(result);
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 4, payload: "hello");

        var letter = _producer.Records.Single();
        Assert.That(letter.KafkaTopic, Is.EqualTo(DeadLetters));
        Assert.That(letter.Header("kalinka-reason"), Is.EqualTo(reason));
        _reports.OnDelivered([letter.Token]);
        Assert.That(_connection.Acknowledged, Is.EqualTo(new ushort[] { 4 }));
    }

    [Test]
    public void Nobody_forges_the_headers_of_a_rule_by_having_its_message_rejected()
    {
        _properties.TryAddUserProperty("srcId"u8, "forged"u8);
        Receive("mqtt/d1/no.system/pub", identifier: 4);

        var letter = _producer.Records.Single();
        Assert.That(letter.Header("kalinka-reason"), Does.StartWith("rule 1"));
        Assert.That(letter.Headers.Where(header => header.Key == "srcId").Single().Value, Is.EqualTo("d1"));
        Assert.That(letter.Key, Is.EqualTo("d1"));
    }

    [Test]
    public void A_QoS_0_message_can_be_a_dead_letter_and_gives_its_room_back()
    {
        Receive("mqtt/d1/nobody/pub", identifier: 0, qos: 0);
        _reports.OnDelivered([_producer.Records.Single().Token]);

        Assert.That(_budget.Held, Is.Zero);
        Assert.That(_connection.Acknowledged, Is.Empty);
    }

    [Test]
    public void With_CreateTopics_All_an_unknown_topic_is_made()
    {
        _flow = NewFlow(deadLetterUnmapped: false, TopicCreation.All, bufferBytes: 1_000_000);
        Receive("mqtt/d1/newcomer/pub", identifier: 4);

        Assert.That(_producer.Records.Single().KafkaTopic, Is.EqualTo("mqtt.newcomer"));
    }

    [Test]
    public void A_message_that_went_round_too_often_is_a_dead_letter()
    {
        _properties.TryAddUserProperty("kalinka-hops"u8, "5"u8);
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 4);

        Assert.That(_producer.Records.Single().Header("kalinka-reason"), Is.EqualTo("loop: 5 hops"));
    }

    [Test]
    public void What_Kafka_refuses_for_ever_becomes_a_dead_letter_under_the_same_ticket()
    {
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 9, payload: "hello");
        var record = _producer.Records.Single();
        var headers = new RecordHeaderBuffer();
        foreach (var (name, value) in record.Headers)
        {
            headers.Add(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value));
        }

        _reports.OnFailed(
            record.Token,
            RecordError.NotAuthorized,
            "Topic authorization failed",
            new FailedRecord
            {
                KafkaTopic = "mqtt.mqtt",
                HasKey = true,
                Key = "d2"u8,
                Value = "hello"u8,
                Headers = headers,
            }
        );

        var letter = _producer.Records[1];
        Assert.That(letter.Token, Is.EqualTo(record.Token));
        Assert.That(letter.Key, Is.EqualTo("d2"));
        Assert.That(letter.Header("kalinka-origin"), Is.EqualTo("b1/mqtt/d1/mqtt/d2/pub"));
        Assert.That(letter.Header("kalinka-reason"), Does.Contain("mqtt.mqtt").And.Contain("authorization"));
        Assert.That(_connection.Acknowledged, Is.Empty);
        _reports.OnDelivered([letter.Token]);
        Assert.That(_connection.Acknowledged, Is.EqualTo(new ushort[] { 9 }));
    }

    [Test]
    public void A_dead_letter_that_does_not_fit_is_cut_and_says_so()
    {
        _producer.Results.Enqueue(ProduceResult.TooLarge);
        _producer.Results.Enqueue(ProduceResult.TooLarge);
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 9, payload: new string('x', 100_000));
        Assert.That(_producer.Records, Is.Empty);

        _time.Advance(TimeSpan.FromSeconds(1));

        var letter = _producer.Records.Single();
        Assert.That(letter.Value, Has.Length.EqualTo(64 * 1024));
        Assert.That(letter.Header("kalinka-truncated"), Is.EqualTo("100000"));
        Assert.That(letter.Header("kalinka-reason"), Does.StartWith("too large"));
    }
}
