using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>Clients that the directory does not know: waited for, then concluded to be absent.</summary>
internal sealed class AbsenceTests : SubBenchTest
{
    [Test]
    public void An_absent_client_is_concluded_after_AbsentWait_and_a_sync()
    {
        Bench.Feed(Bench.Assign(), "c");
        Bench.Pass(TimeSpan.FromSeconds(9.9));
        Assert.That(Bench.DeadLetters, Is.Empty);
        Assert.That(Bench.Directory.Syncs, Is.Zero);

        Bench.Pass(TimeSpan.FromSeconds(0.3));
        Assert.That(Bench.DeadLetters.Single().Reason, Does.StartWith("client absent"));
        Assert.That(Bench.Directory.Syncs, Is.EqualTo(1));
    }

    [Test]
    public void A_znode_that_names_no_broker_is_an_absence()
    {
        Bench.Directory.Empty("c");
        Bench.Feed(Bench.Assign(), "c");
        Bench.Pass(TimeSpan.FromSeconds(11));

        Assert.That(Bench.DeadLetters.Single().Reason, Does.StartWith("client absent"));
    }

    [Test]
    public void A_client_whose_znode_names_a_broker_at_last_is_delivered()
    {
        var b1 = Bench.Connect("b1");
        Bench.Directory.Empty("c");
        Bench.Feed(Bench.Assign(), "c");
        Bench.Pass(TimeSpan.FromSeconds(5));
        Bench.Directory.Move("c", "b1");
        Bench.Turn();

        Assert.That(b1.Received, Has.Count.EqualTo(1));
    }

    [Test]
    public void One_sync_serves_all_that_are_due()
    {
        var partition = Bench.Assign();
        for (var number = 0; number < 50; number++)
        {
            Bench.Feed(partition, $"c{number}");
        }

        Bench.Pass(TimeSpan.FromSeconds(11));
        Assert.That(Bench.DeadLetters, Has.Count.EqualTo(50));
        Assert.That(Bench.Directory.Syncs, Is.EqualTo(1));
    }

    [Test]
    public void What_the_sync_brings_to_light_is_delivered()
    {
        var b1 = Bench.Connect("b1");
        Bench.Feed(Bench.Assign(), "c");
        Bench.Pass(TimeSpan.FromSeconds(5));
        Bench.Directory.Move("c", "b1", silently: true);
        Bench.Pass(TimeSpan.FromSeconds(6));

        Assert.That(b1.Received, Has.Count.EqualTo(1));
        Assert.That(Bench.DeadLetters, Is.Empty);
    }

    [Test]
    public void A_znode_that_appears_wakes_who_waits_at_once()
    {
        var b1 = Bench.Connect("b1");
        Bench.Feed(Bench.Assign(), "c");
        Bench.Pass(TimeSpan.FromSeconds(5));
        Bench.Directory.Move("c", "b1");
        Bench.Turn();

        Assert.That(b1.Received, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_znode_that_appears_while_its_absence_is_concluded_counts()
    {
        var b1 = Bench.Connect("b1");
        Bench.Feed(Bench.Assign(), "c");
        Bench.Pass(TimeSpan.FromSeconds(9));
        Bench.Directory.Away = true;
        Bench.Pass(TimeSpan.FromSeconds(3));
        Bench.Directory.Move("c", "b1");
        Bench.Directory.Answer();
        Bench.Turn();

        Assert.That(b1.Received, Has.Count.EqualTo(1));
        Assert.That(Bench.DeadLetters, Is.Empty);
    }

    [Test]
    public void Each_record_waits_its_own_time()
    {
        var partition = Bench.Assign();
        Bench.Feed(partition, "c", "1");
        Bench.Pass(TimeSpan.FromSeconds(6));
        Bench.Feed(partition, "c", "2");
        Bench.Pass(TimeSpan.FromSeconds(5));
        Assert.That(Bench.DeadLetters.Select(letter => letter.Value), Is.EqualTo(new[] { "1" }));

        Bench.Pass(TimeSpan.FromSeconds(6));
        Assert.That(Bench.DeadLetters.Select(letter => letter.Value), Is.EqualTo(new[] { "1", "2" }));
    }

    [Test]
    public void Beyond_a_quarter_of_the_window_the_oldest_are_decided_after_a_sync()
    {
        var partition = Bench.Assign();
        var quarter = Kalinka.Sub.Stages.Window / 4;
        for (var number = 0; number < quarter + 50; number++)
        {
            // Few clients: a fleet that is absent is another matter.
            Bench.Feed(partition, $"c{number / 50}", $"{number}");
        }

        Bench.Pass(TimeSpan.FromSeconds(1));
        Assert.That(
            Bench.DeadLetters.Select(letter => letter.Value),
            Is.EqualTo(Enumerable.Range(0, 50).Select(n => $"{n}"))
        );
        Assert.That(Bench.Directory.Syncs, Is.EqualTo(1));
        Assert.That(Bench.Stages.WaitingRoom.Records, Is.EqualTo(quarter));
    }

    [Test]
    public void When_a_fleet_seems_to_vanish_nobody_is_concluded_to_be_absent()
    {
        var b1 = Bench.Connect("b1");
        b1.Answers = _ => MqttReasonCode.Success;
        var partition = Bench.Assign();
        for (var number = 0; number < 500; number++)
        {
            Bench.Feed(partition, $"c{number}");
        }

        Bench.Pass(TimeSpan.FromMinutes(3));
        Assert.That(Bench.Stages.Guard.Alert);
        Assert.That(Bench.DeadLetters.Count, Is.InRange(95, 105));
        Assert.That(Bench.Directory.Syncs, Is.InRange(5, 40), "asked again, with pauses");

        var letters = Bench.DeadLetters.Count;
        for (var number = 0; number < 500; number++)
        {
            Bench.Directory.Move($"c{number}", "b1");
        }

        Bench.Pass(TimeSpan.FromMinutes(2));
        Assert.That(b1.Received, Has.Count.EqualTo(500 - letters));
        Assert.That(Bench.Stages.Guard.Alert, Is.False);
    }

    [Test]
    public void A_hundred_absent_clients_are_no_alert_nor_a_tenth_of_the_fleet()
    {
        var b1 = Bench.Connect("b1", receiveMaximum: 5000);
        b1.Answers = _ => MqttReasonCode.Success;
        var partition = Bench.Assign();
        for (var number = 0; number < 2000; number++)
        {
            if (number % 10 != 0)
            {
                Bench.Directory.Move($"c{number}", "b1");
            }

            Bench.Feed(partition, $"c{number}");
        }

        Bench.Pass(TimeSpan.FromSeconds(12));
        Assert.That(Bench.DeadLetters, Has.Count.EqualTo(200));
        Assert.That(Bench.Stages.Guard.Alert, Is.False);
    }
}
