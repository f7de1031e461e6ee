namespace Kalinka.Tests.Sub.Pipeline;

internal sealed class AssignmentTests
{
    private SubBench _bench = null!;
    private FakeConnection _b1 = null!;

    [SetUp]
    public void SetUp()
    {
        _bench = new SubBench();
        _b1 = _bench.Connect("b1");
        foreach (var client in new[] { "a", "b", "c", "d" })
        {
            _bench.Directory.Move(client, "b1");
        }
    }

    [TearDown]
    public async Task TearDown()
    {
        await _b1.DisposeAsync();
        _bench.Dispose();
    }

    [Test]
    public void Offsets_are_stored_up_to_the_first_record_that_is_not_settled()
    {
        var partition = _bench.Assign();
        foreach (var client in new[] { "a", "b", "c" })
        {
            _bench.Feed(partition, client);
        }

        _bench.Turn();
        _b1.Acknowledge(_b1.Unacknowledged[1]);
        _b1.Acknowledge(_b1.Unacknowledged[1]);
        _bench.Pass(TimeSpan.FromSeconds(1));
        Assert.That(_bench.StoredOf(partition), Is.EqualTo(-1));
        Assert.That(partition.Window, Is.EqualTo(3), "the window counts what is finished behind the watermark");

        _b1.AcknowledgeAll();
        _bench.Pass(TimeSpan.FromSeconds(1));
        Assert.That(_bench.StoredOf(partition), Is.EqualTo(3));
        Assert.That(partition.Window, Is.Zero);
    }

    [Test]
    public void A_revoked_partition_finishes_what_is_in_flight_and_sends_nothing_more()
    {
        var partition = _bench.Assign();
        _bench.Feed(partition, "a", "1");
        _bench.Feed(partition, "b", "1");
        _bench.Feed(partition, "a", "2");
        _bench.Turn();
        var drained = _bench.Return(partition, TimeSpan.FromSeconds(5));
        Assert.That(drained.IsCompleted, Is.False);

        _b1.AcknowledgeAll();
        _bench.Turn();
        Assert.That(drained.IsCompleted);
        Assert.That(_bench.StoredOf(partition), Is.EqualTo(2));
        Assert.That(_b1.Received, Has.Count.EqualTo(2));
        Assert.That(_bench.Stages.Pool.Rented, Is.Zero);
    }

    [Test]
    public void A_drain_closes_the_gap_before_what_was_published()
    {
        var partition = _bench.Assign();
        _bench.Feed(partition, "a", "1");
        _bench.Feed(partition, "a", "2");
        _bench.Feed(partition, "b", "3");
        _bench.Feed(partition, "a", "4");
        _bench.Turn();
        var drained = _bench.Return(partition, TimeSpan.FromSeconds(5));
        _b1.AcknowledgeAll();
        _bench.Turn();
        _b1.AcknowledgeAll();
        _bench.Turn();

        Assert.That(drained.IsCompleted);
        Assert.That(_b1.Received.Select(message => message.Payload), Is.EqualTo(new[] { "1", "3", "2" }));
        Assert.That(_bench.StoredOf(partition), Is.EqualTo(3), "nothing published is left unstored");
    }

    [Test]
    public void A_drain_ends_when_its_time_is_over_and_stores_what_is_complete()
    {
        var partition = _bench.Assign();
        _bench.Feed(partition, "a");
        _bench.Feed(partition, "b");
        _bench.Turn();
        _b1.Acknowledge(_b1.Unacknowledged[0]);
        var drained = _bench.Return(partition, TimeSpan.FromSeconds(5));
        _bench.Pass(TimeSpan.FromSeconds(4.9));
        Assert.That(drained.IsCompleted, Is.False);
        _bench.Pass(TimeSpan.FromSeconds(0.2));

        Assert.That(drained.IsCompleted);
        Assert.That(_bench.StoredOf(partition), Is.EqualTo(1));
    }

    [Test]
    public void A_late_outcome_settles_nothing_in_a_later_assignment()
    {
        var before = _bench.Assign();
        _bench.Feed(before, "a", "old");
        _bench.Turn();
        _bench.Lose(before);
        _bench.Rewind(before, 0);
        var after = _bench.Assign();
        _bench.Feed(after, "a", "new");
        _bench.Pass(TimeSpan.FromSeconds(1));
        Assert.That(_b1.Received, Has.Count.EqualTo(1), "one of a client at a time, whosever it is");

        _b1.AcknowledgeAll();
        _bench.Pass(TimeSpan.FromSeconds(1));
        Assert.That(_bench.StoredOf(after), Is.EqualTo(-1));
        Assert.That(_b1.Received[^1].Payload, Is.EqualTo("new"));

        _b1.AcknowledgeAll();
        _bench.Pass(TimeSpan.FromSeconds(1));
        Assert.That(_bench.StoredOf(after), Is.EqualTo(1));
        Assert.That(_bench.Stages.Pool.Rented, Is.Zero);
    }

    [Test]
    public void A_lost_partition_is_dropped_without_a_store()
    {
        var partition = _bench.Assign();
        _bench.Feed(partition, "a", "1");
        _bench.Feed(partition, "a", "2");
        _bench.Feed(partition, "nobody", "3");
        _bench.Turn();
        _b1.AcknowledgeAll();
        _bench.Lose(partition);
        _bench.Pass(TimeSpan.FromSeconds(20));

        Assert.That(_bench.StoredOf(partition), Is.EqualTo(-1));
        Assert.That(_bench.DeadLetters, Is.Empty);
    }

    [Test]
    public void What_came_in_before_the_revocation_and_is_handled_after_it_is_not_sent()
    {
        var partition = _bench.Assign();
        _bench.Lose(partition);
        _bench.Feed(partition, "a");
        _bench.Turn();

        Assert.That(_b1.Received, Is.Empty);
        Assert.That(_bench.Stages.Pool.Rented, Is.Zero);
    }

    [Test]
    public void A_dead_letter_whose_report_comes_after_the_loss_settles_nothing()
    {
        _bench.DeadLetterTopic.HoldReports = true;
        var partition = _bench.Assign();
        _bench.Feed(partition, "a", "1", null, ("kalinka-hops", "9"));
        _bench.Turn();
        _bench.Lose(partition);
        _bench.DeadLetterTopic.Report();
        _bench.Pass(TimeSpan.FromSeconds(1));

        Assert.That(_bench.StoredOf(partition), Is.EqualTo(-1));
        Assert.That(_bench.Stages.Pool.Rented, Is.Zero);
    }

    [Test]
    public void Gaps_in_the_offsets_are_no_gaps_in_the_order()
    {
        var partition = _bench.Assign();
        _bench.Rewind(partition, 100);
        _bench.Feed(partition, "a");
        _bench.Rewind(partition, 250);
        _bench.Feed(partition, "b");
        _bench.Turn();
        _b1.AcknowledgeAll();
        _bench.Pass(TimeSpan.FromSeconds(1));

        Assert.That(_bench.StoredOf(partition), Is.EqualTo(251));
    }
}
