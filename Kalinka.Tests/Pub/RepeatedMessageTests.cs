using System.Text;
using Kalinka.Common.Kafka;
using Kalinka.Common.Records;

namespace Kalinka.Tests.Pub;

/// <summary>A resumed session sends again what Kafka confirmed after the last connection had gone.</summary>
[TestFixture]
public sealed class RepeatedMessageTests : SeatFlowFixture
{
    [Test]
    public void What_Kafka_confirmed_after_the_connection_had_gone_is_acknowledged_and_not_produced_again()
    {
        Receive("mqtt/d1/spark/pub", 5, "x");
        _flow.Close();
        Confirm(0);
        Resume();
        ReceiveAgain("mqtt/d1/spark/pub", 5, "x");

        Assert.That(_producer.Records, Has.Count.EqualTo(1));
        Assert.That(_connection.Acknowledged, Is.EqualTo(new ushort[] { 5 }));
        Assert.That(_counters.AlreadyConfirmed, Is.EqualTo(1));
        Assert.That(_budget.Held, Is.Zero);
    }

    [Test]
    public void It_is_acknowledged_in_its_turn()
    {
        Receive("mqtt/d1/spark/pub", 5, "x");
        Receive("mqtt/d1/spark/pub", 6, "y");
        _flow.Close();
        Confirm(1);
        Confirm(0);
        Resume();
        Receive("mqtt/d1/spark/pub", 4, "z");
        ReceiveAgain("mqtt/d1/spark/pub", 5, "x");
        Assert.That(_connection.Acknowledged, Is.Empty);
        Confirm(2);

        Assert.That(_connection.Acknowledged, Is.EqualTo(new ushort[] { 4, 5 }));
    }

    [TestCase("mqtt/d1/spark/pub", 5, "other", TestName = "Another payload under its packet identifier")]
    [TestCase("mqtt/d2/spark/pub", 5, "x", TestName = "Another topic under its packet identifier")]
    [TestCase("mqtt/d1/spark/pub", 6, "x", TestName = "Another packet identifier")]
    public void Anything_else_is_produced(string topic, int packetIdentifier, string payload)
    {
        Receive("mqtt/d1/spark/pub", 5, "x");
        _flow.Close();
        Confirm(0);
        Resume();
        ReceiveAgain(topic, (ushort)packetIdentifier, payload);

        Assert.That(_producer.Records, Has.Count.EqualTo(2));
        Assert.That(_counters.AlreadyConfirmed, Is.Zero);
    }

    [Test]
    public void Without_DUP_it_is_another_message_and_its_packet_identifier_means_that_one_from_then_on()
    {
        Receive("mqtt/d1/spark/pub", 5, "x");
        _flow.Close();
        Confirm(0);
        Resume();
        Receive("mqtt/d1/spark/pub", 5, "x");
        ReceiveAgain("mqtt/d1/spark/pub", 5, "x");

        Assert.That(_producer.Records, Has.Count.EqualTo(3));
    }

    [Test]
    public void What_was_acknowledged_on_the_connection_is_produced_again_for_its_identifier_may_mean_another()
    {
        Receive("mqtt/d1/spark/pub", 5, "x");
        Confirm(0);
        _flow.Close();
        Resume();
        ReceiveAgain("mqtt/d1/spark/pub", 5, "x");

        Assert.That(_producer.Records, Has.Count.EqualTo(2));
    }

    [Test]
    public void What_Kafka_never_confirmed_is_produced_again()
    {
        Receive("mqtt/d1/spark/pub", 5, "x");
        Receive("mqtt/d1/spark/pub", 6, "y");
        _flow.Close();
        Confirm(1);
        _reports.OnFailed(_producer.Records[0].Token, RecordError.Purged, "purged", default);
        Resume();
        ReceiveAgain("mqtt/d1/spark/pub", 5, "x");
        ReceiveAgain("mqtt/d1/spark/pub", 6, "y");

        Assert.That(_producer.Records, Has.Count.EqualTo(4));
        Assert.That(_counters.AlreadyConfirmed, Is.Zero);
    }

    [Test]
    public void A_new_session_or_a_new_mastership_starts_from_nothing([Values] bool newSession)
    {
        Receive("mqtt/d1/spark/pub", 5, "x");
        _flow.Close();
        Confirm(0);
        if (!newSession)
        {
            _flow.Number(new SequenceHeader("b1", 0, 10));
        }

        Resume(sessionPresent: !newSession);
        ReceiveAgain("mqtt/d1/spark/pub", 5, "x");

        Assert.That(_producer.Records, Has.Count.EqualTo(2));
    }

    [Test]
    public void It_is_still_known_on_the_connection_after_the_next()
    {
        Receive("mqtt/d1/spark/pub", 5, "x");
        _flow.Close();
        Confirm(0);
        Resume();
        _flow.Close();
        Resume();
        ReceiveAgain("mqtt/d1/spark/pub", 5, "x");

        Assert.That(_producer.Records, Has.Count.EqualTo(1));
    }

    private void Confirm(int record) => _reports.OnDelivered([_producer.Records[record].Token]);

    private void Resume(bool sessionPresent = true)
    {
        _connection = new FakeConnection { Grant = FakeConnection.Granted with { SessionPresent = sessionPresent } };
        _flow.Open(_connection);
    }

    private void ReceiveAgain(string topic, ushort packetIdentifier, string payload) =>
        _flow.OnPublish(
            Publish(Encoding.UTF8.GetBytes(topic), Encoding.UTF8.GetBytes(payload), packetIdentifier, 1, dup: true)
        );
}
