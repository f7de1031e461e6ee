using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>Clients that the directory does not know: waited for, then concluded to be absent.</summary>
internal sealed class AbsenceTests
{
    private SubBench _bench = null!;

    [SetUp]
    public void SetUp() => _bench = new SubBench();

    [TearDown]
    public void TearDown() => _bench.Dispose();

    [Test]
    public void An_absent_client_is_concluded_after_AbsentWait_and_a_sync()
    {
        _bench.Feed(_bench.Assign(), "c");
        _bench.Pass(TimeSpan.FromSeconds(9.9));
        Assert.That(_bench.DeadLetters, Is.Empty);
        Assert.That(_bench.Directory.Syncs, Is.Zero);

        _bench.Pass(TimeSpan.FromSeconds(0.3));
        Assert.That(_bench.DeadLetters.Single().Reason, Does.StartWith("client absent"));
        Assert.That(_bench.Directory.Syncs, Is.EqualTo(1));
    }

    [Test]
    public void A_znode_that_names_no_broker_is_an_absence()
    {
        _bench.Directory.Empty("c");
        _bench.Feed(_bench.Assign(), "c");
        _bench.Pass(TimeSpan.FromSeconds(11));

        Assert.That(_bench.DeadLetters.Single().Reason, Does.StartWith("client absent"));
    }

    [Test]
    public void A_client_whose_znode_names_a_broker_at_last_is_delivered()
    {
        var b1 = _bench.Connect("b1");
        _bench.Directory.Empty("c");
        _bench.Feed(_bench.Assign(), "c");
        _bench.Pass(TimeSpan.FromSeconds(5));
        _bench.Directory.Move("c", "b1");
        _bench.Turn();

        Assert.That(b1.Received, Has.Count.EqualTo(1));
    }

    [Test]
    public void One_sync_serves_all_that_are_due()
    {
        var partition = _bench.Assign();
        for (var number = 0; number < 50; number++)
        {
            _bench.Feed(partition, $"c{number}");
        }

        _bench.Pass(TimeSpan.FromSeconds(11));
        Assert.That(_bench.DeadLetters, Has.Count.EqualTo(50));
        Assert.That(_bench.Directory.Syncs, Is.EqualTo(1));
    }

    [Test]
    public void What_the_sync_brings_to_light_is_delivered()
    {
        var b1 = _bench.Connect("b1");
        _bench.Feed(_bench.Assign(), "c");
        _bench.Pass(TimeSpan.FromSeconds(5));
        _bench.Directory.Move("c", "b1", silently: true);
        _bench.Pass(TimeSpan.FromSeconds(6));

        Assert.That(b1.Received, Has.Count.EqualTo(1));
        Assert.That(_bench.DeadLetters, Is.Empty);
    }

    [Test]
    public void A_znode_that_appears_wakes_who_waits_at_once()
    {
        var b1 = _bench.Connect("b1");
        _bench.Feed(_bench.Assign(), "c");
        _bench.Pass(TimeSpan.FromSeconds(5));
        _bench.Directory.Move("c", "b1");
        _bench.Turn();

        Assert.That(b1.Received, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_znode_that_appears_while_its_absence_is_concluded_counts()
    {
        var b1 = _bench.Connect("b1");
        _bench.Feed(_bench.Assign(), "c");
        _bench.Pass(TimeSpan.FromSeconds(9));
        _bench.Directory.Away = true;
        _bench.Pass(TimeSpan.FromSeconds(3));
        _bench.Directory.Move("c", "b1");
        _bench.Directory.Answer();
        _bench.Turn();

        Assert.That(b1.Received, Has.Count.EqualTo(1));
        Assert.That(_bench.DeadLetters, Is.Empty);
    }

    [Test]
    public void Each_record_waits_its_own_time()
    {
        var partition = _bench.Assign();
        _bench.Feed(partition, "c", "1");
        _bench.Pass(TimeSpan.FromSeconds(6));
        _bench.Feed(partition, "c", "2");
        _bench.Pass(TimeSpan.FromSeconds(5));
        Assert.That(_bench.DeadLetters.Select(letter => letter.Value), Is.EqualTo(new[] { "1" }));

        _bench.Pass(TimeSpan.FromSeconds(6));
        Assert.That(_bench.DeadLetters.Select(letter => letter.Value), Is.EqualTo(new[] { "1", "2" }));
    }

    [Test]
    public void Beyond_a_quarter_of_the_window_the_oldest_are_decided_after_a_sync()
    {
        var partition = _bench.Assign();
        var quarter = Kalinka.Sub.Stages.Window / 4;
        for (var number = 0; number < quarter + 50; number++)
        {
            // Few clients: a fleet that is absent is another matter.
            _bench.Feed(partition, $"c{number / 50}", $"{number}");
        }

        _bench.Pass(TimeSpan.FromSeconds(1));
        Assert.That(
            _bench.DeadLetters.Select(letter => letter.Value),
            Is.EqualTo(Enumerable.Range(0, 50).Select(n => $"{n}"))
        );
        Assert.That(_bench.Directory.Syncs, Is.EqualTo(1));
        Assert.That(_bench.Stages.WaitingRoom.Records, Is.EqualTo(quarter));
    }

    [Test]
    public void When_a_fleet_seems_to_vanish_nobody_is_concluded_to_be_absent()
    {
        var b1 = _bench.Connect("b1");
        b1.Answers = _ => MqttReasonCode.Success;
        var partition = _bench.Assign();
        for (var number = 0; number < 500; number++)
        {
            _bench.Feed(partition, $"c{number}");
        }

        _bench.Pass(TimeSpan.FromMinutes(3));
        Assert.That(_bench.Stages.Guard.Alert);
        Assert.That(_bench.DeadLetters.Count, Is.InRange(95, 105));
        Assert.That(_bench.Directory.Syncs, Is.InRange(5, 40), "asked again, with pauses");

        var letters = _bench.DeadLetters.Count;
        for (var number = 0; number < 500; number++)
        {
            _bench.Directory.Move($"c{number}", "b1");
        }

        _bench.Pass(TimeSpan.FromMinutes(2));
        Assert.That(b1.Received, Has.Count.EqualTo(500 - letters));
        Assert.That(_bench.Stages.Guard.Alert, Is.False);
    }

    [Test]
    public void A_hundred_absent_clients_are_no_alert_nor_a_tenth_of_the_fleet()
    {
        var b1 = _bench.Connect("b1", receiveMaximum: 5000);
        b1.Answers = _ => MqttReasonCode.Success;
        var partition = _bench.Assign();
        for (var number = 0; number < 2000; number++)
        {
            if (number % 10 != 0)
            {
                _bench.Directory.Move($"c{number}", "b1");
            }

            _bench.Feed(partition, $"c{number}");
        }

        _bench.Pass(TimeSpan.FromSeconds(12));
        Assert.That(_bench.DeadLetters, Has.Count.EqualTo(200));
        Assert.That(_bench.Stages.Guard.Alert, Is.False);
    }
}
