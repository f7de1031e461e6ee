using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>Mode Direct: what is for a broker that cannot be reached, or is held, waits in its partition.</summary>
internal sealed class ParkingTests : SubBenchTest
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BrokerWait = TimeSpan.FromSeconds(31);

    [SetUp]
    public void Prepare()
    {
        Bench.Partition(3);
        Bench.Answer(0, 0, 0);
        Bench.Directory.Move("c", "b1");
        Bench.Directory.Move("d", "b2");
    }

    [Test]
    public void Nothing_goes_through_kafka_while_the_brokers_are_there()
    {
        var b1 = Bench.Connect("b1", answer: MqttReasonCode.Success);
        var partition = Bench.Assign();
        Bench.Feed(partition, "c", "1");
        Bench.Turn();
        Assert.That(b1.Received, Has.Count.EqualTo(1));
        Assert.That(Bench.Relayed, Is.Empty);
    }

    [Test]
    public void After_BrokerWait_the_records_are_parked_and_the_watermark_moves()
    {
        var b2 = Bench.Connect("b2", answer: MqttReasonCode.Success);
        var partition = Bench.Assign();
        Bench.Feed(partition, "c", "1");
        Bench.Feed(partition, "c", "2");
        Bench.Feed(partition, "d", "3");
        Bench.Pass(Second);
        Assert.That(Bench.Relayed, Is.Empty, "not before BrokerWait");
        Bench.Pass(BrokerWait);
        Assert.That(
            Bench.Relayed.Select(record => (record.Partition, record.Value)),
            Is.EqualTo(new[] { (0, "1"), (0, "2") })
        );
        Assert.That(b2.Received.Single().Payload, Is.EqualTo("3"));
        Assert.That(Bench.StoredOf(partition), Is.EqualTo(3));

        Bench.Feed(partition, "c", "4");
        Bench.Turn();
        Assert.That(Bench.Relayed[^1].Value, Is.EqualTo("4"), "at once, behind the others");
    }

    [Test]
    public void Later_ones_go_behind_the_parked_while_any_waits()
    {
        var application = Bench.Assign();
        Bench.Feed(application, "c", "1");
        Bench.Pass(BrokerWait);
        var b1 = Bench.Connect("b1", answer: MqttReasonCode.Success);

        Bench.Feed(application, "c", "2");
        Bench.Turn();
        Assert.That(b1.Received, Is.Empty);
        Assert.That(Bench.Relayed[^1].Value, Is.EqualTo("2"));

        Bench.Answer(2, 0, 0);
        Bench.Feed(application, "c", "3");
        Bench.Turn();
        Assert.That(Bench.Relayed[^1].Value, Is.EqualTo("3"));

        Bench.Answer(0, 0, 0);
        Bench.Feed(application, "c", "4");
        Bench.Turn();
        Assert.That(b1.Received.Single().Payload, Is.EqualTo("4"), "straight again");
    }

    [Test]
    public void An_answer_that_was_asked_for_before_the_last_parking_says_nothing()
    {
        Bench.Connect("b1", answer: MqttReasonCode.Success);
        Bench.Tell("b1", partition: 0, held: true);
        var application = Bench.Assign();
        Bench.Stages.Inbox.Post(Bench.Stages.Backlog.OnAsking);
        Bench.Feed(application, "c", "1");
        Bench.Turn();
        Bench.Tell("b1", partition: 0);
        Bench.Stages.Inbox.Post(() => Bench.Stages.Backlog.OnAnswered([0, 0, 0], Bench.Time.GetUtcNow()));
        Bench.Feed(application, "c", "2");
        Bench.Turn();
        Assert.That(Bench.Relayed.Select(record => record.Value), Is.EqualTo(new[] { "1", "2" }));
    }

    [Test]
    public void After_a_rebalance_nothing_is_sent_until_kafka_has_said_what_waits()
    {
        var b1 = Bench.Connect("b1", answer: MqttReasonCode.Success);
        Bench.Stages.Inbox.Post(Bench.Stages.Backlog.Doubt);
        var application = Bench.Assign();
        Bench.Feed(application, "c", "1");
        Bench.Pass(Second);
        Assert.That(b1.Received, Is.Empty);
        Assert.That(Bench.Relayed, Is.Empty);
        Bench.Answer(0, 0, 0);
        Bench.Pass(Second * 3);
        Assert.That(b1.Received, Has.Count.EqualTo(1));
    }

    [Test]
    public void What_was_parked_is_published_when_the_broker_is_back()
    {
        var delivery = Bench.AssignDelivery(0);
        Bench.FeedRelayed(delivery, "c", "1", "in/0/1");
        Bench.FeedRelayed(delivery, "c", "2", "in/0/2");
        Bench.Pass(TimeSpan.FromMinutes(10));
        Assert.That(Bench.Relayed, Is.Empty, "it is parked already");
        var b1 = Bench.Connect("b1", answer: MqttReasonCode.Success);
        Bench.Pass(Second);
        Assert.That(b1.Received.Select(message => message.Payload), Is.EqualTo(new[] { "1", "2" }));
        Assert.That(Bench.StoredOf(delivery), Is.EqualTo(2));
    }

    [Test]
    public void What_is_parked_follows_its_client_to_another_broker()
    {
        var delivery = Bench.AssignDelivery(0);
        Bench.FeedRelayed(delivery, "c", "1", "in/0/1");
        var b2 = Bench.Connect("b2", answer: MqttReasonCode.Success);
        Bench.Pass(Second);
        Bench.Directory.Move("c", "b2");
        Bench.Pass(Second);
        Assert.That(b2.Received.Single().Payload, Is.EqualTo("1"));
        Assert.That(Bench.StoredOf(delivery), Is.EqualTo(1));
    }

    [Test]
    public void A_broker_that_is_held_gets_nothing_until_it_is_released()
    {
        var b1 = Bench.Connect("b1", answer: MqttReasonCode.Success);
        Bench.Tell("b1", partition: 0, held: true);
        var (application, delivery) = (Bench.Assign(), Bench.AssignDelivery(0));
        Bench.Feed(application, "c", "1");
        Bench.FeedRelayed(delivery, "c", "0", "in/0/0");
        Bench.Pass(TimeSpan.FromMinutes(1));
        Assert.That(b1.Received, Is.Empty);
        Assert.That(Bench.Relayed.Single().Value, Is.EqualTo("1"));
        Assert.That(Bench.StoredOf(application), Is.EqualTo(1));

        Bench.Tell("b1", partition: 0);
        Bench.Pass(Second);
        Assert.That(b1.Received.Single().Payload, Is.EqualTo("0"));
    }

    [Test]
    public void Without_the_topic_a_record_for_a_broker_that_stays_away_is_a_dead_letter()
    {
        Bench.DeadLetterTopic.DeliveryPartitions = 0;
        var application = Bench.Assign();
        Bench.Feed(application, "c", "1");
        Bench.Pass(BrokerWait);
        Assert.That(Bench.DeadLetters.Single().Reason, Does.Contain("b1 has been unreachable"));
    }
}
