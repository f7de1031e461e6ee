using Kalinka.Common.Mqtt;
using Kalinka.Sub;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>Mode Partitioned: what becomes of the application's records, and of those in the delivery topic.</summary>
internal sealed class PartitionedTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private SubBench _bench = null!;

    [SetUp]
    public void SetUp()
    {
        _bench = new SubBench(o => o with { Delivery = o.Delivery with { Mode = DeliveryMode.Partitioned } });
        _bench.Partition(3);
        _bench.Directory.Move("c", "b1");
        _bench.Directory.Move("d", "b2");
    }

    [TearDown]
    public void TearDown() => _bench.Dispose();

    [Test]
    public void An_application_record_goes_to_its_brokers_partition_and_is_settled_by_the_report()
    {
        var partition = _bench.Assign("in", 7);
        _bench.DeadLetterTopic.HoldReports = true;
        _bench.Feed(partition, "d", "hello", age: Second, ("h", "1"), ("kalinka-origin", "forged"));
        _bench.Pass(Second);

        var relayed = _bench.Relayed.Single();
        Assert.That(relayed, Has.Property("Partition").EqualTo(1).And.Property("Key").EqualTo("d"));
        Assert.That((relayed.Value, relayed.Origin, relayed.Hops), Is.EqualTo(("hello", "in/7/0", "1")));
        Assert.That(relayed.Headers["h"], Is.EqualTo("1"));
        Assert.That(
            relayed.TimestampMs,
            Is.EqualTo(_bench.Time.GetUtcNow().ToUnixTimeMilliseconds() - 2000),
            "MaxAge counts from the application's record"
        );
        Assert.That(_bench.StoredOf(partition), Is.EqualTo(-1));

        _bench.DeadLetterTopic.Report();
        _bench.Pass(Second);
        Assert.That(_bench.StoredOf(partition), Is.EqualTo(1));
        Assert.That(_bench.Stages.Pool.Rented, Is.Zero);
    }

    [Test]
    public void A_clients_records_do_not_wait_for_each_others_reports_and_keep_their_order()
    {
        var partition = _bench.Assign();
        _bench.DeadLetterTopic.HoldReports = true;
        for (var number = 0; number < 5; number++)
        {
            _bench.Feed(partition, "c", $"{number}");
        }

        _bench.Turn();
        Assert.That(_bench.Relayed.Select(record => record.Value), Is.EqualTo(new[] { "0", "1", "2", "3", "4" }));
    }

    [Test]
    public void Who_has_the_partition_publishes_and_settles_by_the_puback()
    {
        var b1 = _bench.Connect("b1");
        var partition = _bench.AssignDelivery(0);
        _bench.FeedRelayed(partition, "c", "hello", "in/7/12");
        _bench.Pass(Second);
        Assert.That(
            b1.Received.Single(),
            Has.Property("Topic").EqualTo("to/c").And.Property("Payload").EqualTo("hello")
        );
        Assert.That(_bench.StoredOf(partition), Is.EqualTo(-1));

        b1.AcknowledgeAll();
        _bench.Pass(Second);
        Assert.That(_bench.StoredOf(partition), Is.EqualTo(1));
    }

    [Test]
    public void The_rule_of_the_origin_counts()
    {
        var b1 = _bench.Connect("b1");
        var partition = _bench.AssignDelivery(0);
        _bench.FeedRelayed(partition, "c", "kept", "kept/0/1");
        _bench.FeedRelayed(partition, "c", "gone", "nobody.reads.it/0/1");
        _bench.Turn();
        b1.AcknowledgeAll();
        _bench.Turn();
        Assert.That(b1.Received.Single().Retain);
        Assert.That(_bench.DeadLetters.Single().Reason, Does.Contain("no rule reads nobody.reads.it"));
    }

    [Test]
    public void A_record_whose_client_has_moved_hops_to_the_other_partition()
    {
        _bench.Connect("b1");
        var partition = _bench.AssignDelivery(0);
        _bench.FeedRelayed(partition, "d", "hello", "in/7/12");
        _bench.Pass(Second);
        Assert.That(_bench.Relayed.Single(), Has.Property("Partition").EqualTo(1).And.Property("Hops").EqualTo("2"));
        Assert.That(_bench.Relayed.Single().Origin, Is.EqualTo("in/7/12"));
        Assert.That(_bench.StoredOf(partition), Is.EqualTo(1));
    }

    [Test]
    public void After_four_hops_its_client_is_absent()
    {
        var partition = _bench.AssignDelivery(0);
        _bench.FeedRelayed(partition, "d", "hello", "in/7/12", hop: 4);
        _bench.Pass(Second);
        Assert.That(_bench.Relayed, Is.Empty);
        Assert.That(_bench.DeadLetters.Single().Reason, Does.Contain("moved on 4 times"));
        Assert.That(_bench.DeadLetters.Single().Headers["kalinka-origin"], Is.EqualTo("in/7/12"));
        Assert.That(_bench.DeadLetters.Single().Headers, Does.Not.ContainKey("kalinka-delivery-hops"));
    }

    [Test]
    public void A_record_that_comes_again_is_left_out_once_it_was_delivered()
    {
        var b1 = _bench.Connect("b1", answer: MqttReasonCode.Success);
        var partition = _bench.AssignDelivery(0);
        _bench.FeedRelayed(partition, "c", "once", "in/7/12");
        _bench.FeedRelayed(partition, "c", "once", "in/7/12");
        _bench.FeedRelayed(partition, "c", "again", "in/7/12", hop: 3);
        _bench.Pass(Second);
        Assert.That(b1.Received.Select(message => message.Payload), Is.EqualTo(new[] { "once", "again" }));
        Assert.That(_bench.StoredOf(partition), Is.EqualTo(3));
        Assert.That(_bench.Counters["repeats left out"], Is.EqualTo(1));
    }

    [Test]
    public void What_was_let_go_of_undelivered_is_delivered_when_it_comes_again()
    {
        var b1 = _bench.Connect("b1");
        var first = _bench.AssignDelivery(0);
        _bench.FeedRelayed(first, "c", "one", "in/7/12");
        _bench.Turn();
        b1.Break();
        _bench.Lose(first);
        var second = _bench.AssignDelivery(0);
        b1 = _bench.Connect("b1", answer: MqttReasonCode.Success);
        _bench.FeedRelayed(second, "c", "one", "in/7/12");
        _bench.Pass(Second);
        Assert.That(b1.Received.Single().Payload, Is.EqualTo("one"));
    }

    [Test]
    public void A_dead_broker_holds_its_own_partition_and_nobody_else()
    {
        var application = _bench.Assign();
        var (dead, alive) = (_bench.AssignDelivery(0), _bench.AssignDelivery(1));
        var b2 = _bench.Connect("b2", answer: MqttReasonCode.Success);
        for (var number = 0; number < 100; number++)
        {
            _bench.Feed(application, "c", "for the dead");
            _bench.FeedRelayed(dead, "c", "for the dead", $"in/7/{number}");
            _bench.FeedRelayed(alive, "d", "for the living", $"in/8/{number}");
        }

        _bench.Pass(TimeSpan.FromMinutes(5));
        Assert.That(b2.Received, Has.Count.EqualTo(100));
        Assert.That(_bench.StoredOf(alive), Is.EqualTo(100));
        Assert.That(_bench.StoredOf(application), Is.EqualTo(100));
        Assert.That(_bench.StoredOf(dead), Is.EqualTo(-1));
        Assert.That(_bench.DeadLetters, Is.Empty, "its records wait, however long");
    }

    [Test]
    public void A_retired_brokers_partition_is_read_to_its_end_what_has_moved_follows_and_the_rest_is_absent()
    {
        var dead = _bench.AssignDelivery(0);
        _bench.FeedRelayed(dead, "c", "stays", "in/7/1");
        _bench.Pass(TimeSpan.FromMinutes(1));
        Assert.That(_bench.StoredOf(dead), Is.EqualTo(-1));

        _bench.Stages.Inbox.Post(() => _bench.Stages.Sessions.End(_bench.Session("b1"), retired: true));
        _bench.FeedRelayed(dead, "d", "has moved", "in/7/2");
        _bench.Pass(TimeSpan.FromSeconds(12));
        Assert.That(
            _bench.Relayed.Single(),
            Has.Property("Partition").EqualTo(1).And.Property("Value").EqualTo("has moved")
        );
        Assert.That(_bench.DeadLetters.Single().Reason, Does.Contain("client absent"));
        Assert.That(_bench.StoredOf(dead), Is.EqualTo(2));
    }

    [Test]
    public void A_clients_new_records_do_not_stand_behind_those_that_wait_for_its_broker()
    {
        var dead = _bench.AssignDelivery(0);
        _bench.FeedRelayed(dead, "c", "waits", "in/7/12");
        _bench.Turn();
        var application = _bench.Assign();
        _bench.Feed(application, "c", "passes");
        _bench.Pass(Second);
        Assert.That(_bench.Relayed.Single().Value, Is.EqualTo("passes"));
    }

    [Test]
    public void A_broker_without_a_partition_is_waited_for()
    {
        using var bench = new SubBench(o => o with { Delivery = o.Delivery with { Mode = DeliveryMode.Partitioned } });
        bench.DeadLetterTopic.DeliveryPartitions = 3;
        bench.Directory.Move("c", "b1");
        var application = bench.Assign();
        bench.Feed(application, "c", "waits");
        bench.Pass(TimeSpan.FromMinutes(1));
        Assert.That(bench.Relayed, Is.Empty);
        bench.Tell("b1", partition: 2);
        bench.Pass(TimeSpan.FromSeconds(3));
        Assert.That(bench.Relayed.Single().Partition, Is.EqualTo(2));
    }

    [Test]
    public void A_broker_whose_znode_was_written_anew_keeps_its_partition()
    {
        _bench.Tell("b1", partition: null);
        _bench.Feed(_bench.Assign(), "c", "passes");
        _bench.Turn();
        Assert.That(_bench.Relayed.Single().Partition, Is.Zero);
    }

    [Test]
    public void A_name_that_is_no_brokers_ends_as_a_dead_letter_where_nobody_assigns_partitions()
    {
        _bench.Directory.Move("c", "b99");
        var application = _bench.Assign();
        _bench.Feed(application, "c", "lost");
        _bench.Pass(TimeSpan.FromSeconds(31));
        Assert.That(_bench.DeadLetters.Single().Reason, Does.Contain("b99, which the directory names, is no broker"));
    }

    [Test]
    public void A_record_that_is_none_of_ours_is_a_dead_letter()
    {
        var partition = _bench.AssignDelivery(0);
        _bench.Feed(partition, "c", "stray");
        _bench.FeedRelayed(partition, "c", "stray", "in/x/1");
        _bench.FeedRelayed(partition, "c", "stray", "in/1/1", hop: -1);
        _bench.Turn();
        Assert.That(_bench.DeadLetters, Has.Count.EqualTo(3));
        Assert.That(_bench.DeadLetters[0].Reason, Does.Contain("no record of a delivery"));
    }
}
