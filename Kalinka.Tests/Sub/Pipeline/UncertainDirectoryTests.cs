namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>What the directory says while it cannot be relied on.</summary>
internal sealed class UncertainDirectoryTests
{
    private SubBench _bench = null!;

    [SetUp]
    public void SetUp() => _bench = new SubBench();

    [TearDown]
    public void TearDown() => _bench.Dispose();

    [Test]
    public void While_ZooKeeper_is_away_known_clients_are_served_and_unknown_ones_wait()
    {
        var b1 = _bench.Connect("b1");
        _bench.Directory.Move("known", "b1");
        var partition = _bench.Assign();
        _bench.Feed(partition, "known");
        _bench.Turn();
        b1.AcknowledgeAll();

        _bench.Directory.Trusted = false;
        _bench.Directory.Away = true;
        _bench.Directory.MakeStale();
        _bench.Feed(partition, "known", "2");
        _bench.Feed(partition, "unknown");
        _bench.Pass(TimeSpan.FromMinutes(5));
        Assert.That(b1.Received.Select(message => message.Payload), Is.EqualTo(new[] { "v", "2" }));
        Assert.That(_bench.DeadLetters, Is.Empty);

        _bench.Directory.Move("unknown", "b1", silently: true);
        _bench.Directory.Trusted = true;
        _bench.Directory.Answer();
        _bench.Pass(TimeSpan.FromSeconds(1));
        Assert.That(b1.Received[^1].Topic, Is.EqualTo("to/unknown"));
    }

    [Test]
    public void Who_was_absent_when_the_directory_went_away_is_not_dropped_for_it()
    {
        _bench.Feed(_bench.Assign(), "c");
        _bench.Pass(TimeSpan.FromSeconds(5));
        _bench.Directory.Trusted = false;
        _bench.Pass(TimeSpan.FromMinutes(2));
        Assert.That(_bench.DeadLetters, Is.Empty);

        _bench.Directory.Trusted = true;
        _bench.Pass(TimeSpan.FromSeconds(1));
        Assert.That(_bench.DeadLetters, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_stale_entry_is_used_at_once_and_read_again()
    {
        var b1 = _bench.Connect("b1");
        var b2 = _bench.Connect("b2");
        _bench.Directory.Move("c", "b1");
        var partition = _bench.Assign();
        _bench.Feed(partition, "c", "1");
        _bench.Turn();
        b1.AcknowledgeAll();
        _bench.Turn();
        _bench.Directory.MakeStale();
        var reads = _bench.Directory.Reads;

        _bench.Feed(partition, "c", "2");
        _bench.Turn();
        Assert.That(b1.Received, Has.Count.EqualTo(2));
        Assert.That(_bench.Directory.Reads, Is.EqualTo(reads + 1));
        Assert.That(b2.Received, Is.Empty);
    }

    [Test]
    public void A_read_that_fails_is_no_absence()
    {
        var b1 = _bench.Connect("b1");
        _bench.Directory.Failing = true;
        _bench.Directory.Move("c", "b1");
        _bench.Feed(_bench.Assign(), "c");
        _bench.Pass(TimeSpan.FromMinutes(1));
        Assert.That(_bench.Directory.Reads, Is.InRange(20, 60));

        _bench.Directory.Failing = false;
        _bench.Pass(TimeSpan.FromSeconds(3));
        Assert.That(b1.Received, Has.Count.EqualTo(1));
        Assert.That(_bench.DeadLetters, Is.Empty);
    }
}
