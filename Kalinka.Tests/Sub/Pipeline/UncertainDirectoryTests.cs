using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>What the directory says while it cannot be relied on.</summary>
internal sealed class UncertainDirectoryTests : SubBenchTest
{
    [Test]
    public void While_ZooKeeper_is_away_known_clients_are_served_and_unknown_ones_wait()
    {
        var b1 = Bench.Connect("b1");
        Bench.Directory.Move("known", "b1");
        var partition = Bench.Assign();
        Bench.Feed(partition, "known");
        Bench.Turn();
        b1.AcknowledgeAll();
        b1.Answers = _ => MqttReasonCode.Success;

        Bench.Directory.Trusted = false;
        Bench.Directory.Away = true;
        Bench.Directory.MakeStale();
        Bench.Feed(partition, "known", "2");
        Bench.Feed(partition, "unknown");
        Bench.Pass(TimeSpan.FromMinutes(5));
        Assert.That(b1.Received.Select(message => message.Payload), Is.EqualTo(new[] { "v", "2" }));
        Assert.That(Bench.DeadLetters, Is.Empty);
        Assert.That(Bench.Stages.Waiting, Is.EqualTo(1), "records that wait");

        Bench.Directory.Move("unknown", "b1", silently: true);
        Bench.Directory.Trusted = true;
        Bench.Directory.Answer();
        Bench.Pass(TimeSpan.FromSeconds(1));
        Assert.That(b1.Received[^1].Topic, Is.EqualTo("to/unknown"));
    }

    [Test]
    public void Who_was_absent_when_the_directory_went_away_is_not_dropped_for_it()
    {
        Bench.Feed(Bench.Assign(), "c");
        Bench.Pass(TimeSpan.FromSeconds(5));
        Bench.Directory.Trusted = false;
        Bench.Pass(TimeSpan.FromMinutes(2));
        Assert.That(Bench.DeadLetters, Is.Empty);

        Bench.Directory.Trusted = true;
        Bench.Pass(TimeSpan.FromSeconds(1));
        Assert.That(Bench.DeadLetters, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_stale_entry_is_used_at_once_and_read_again()
    {
        var b1 = Bench.Connect("b1");
        var b2 = Bench.Connect("b2");
        Bench.Directory.Move("c", "b1");
        var partition = Bench.Assign();
        Bench.Feed(partition, "c", "1");
        Bench.Turn();
        b1.AcknowledgeAll();
        Bench.Turn();
        Bench.Directory.MakeStale();
        var reads = Bench.Directory.Reads;

        Bench.Feed(partition, "c", "2");
        Bench.Turn();
        Assert.That(b1.Received, Has.Count.EqualTo(2));
        Assert.That(Bench.Directory.Reads, Is.EqualTo(reads + 1));
        Assert.That(b2.Received, Is.Empty);
    }

    [Test]
    public void A_read_that_fails_is_no_absence()
    {
        var b1 = Bench.Connect("b1");
        Bench.Directory.Failing = true;
        Bench.Directory.Move("c", "b1");
        Bench.Feed(Bench.Assign(), "c");
        Bench.Pass(TimeSpan.FromMinutes(1));
        Assert.That(Bench.Directory.Reads, Is.InRange(20, 60));

        Bench.Directory.Failing = false;
        Bench.Pass(TimeSpan.FromSeconds(3));
        Assert.That(b1.Received, Has.Count.EqualTo(1));
        Assert.That(Bench.DeadLetters, Is.Empty);
    }
}
