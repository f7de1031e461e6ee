using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>The broker answers that nobody is subscribed (0x10).</summary>
internal sealed class NobodyThereTests : SubBenchTest
{
    [Test]
    public void Nobody_there_is_tried_again_with_pauses_until_AbsentWait_is_over()
    {
        var b1 = Bench.Connect("b1");
        b1.Answers = _ => MqttReasonCode.NoMatchingSubscribers;
        Bench.Directory.Move("c", "b1");
        Bench.Feed(Bench.Assign(), "c");
        Bench.Pass(TimeSpan.FromSeconds(9.5));
        Assert.That(b1.Received, Has.Count.EqualTo(8), "at 0, 0.2, 0.6, 1.4, 3, 5, 7, 9 s");
        Assert.That(Bench.DeadLetters, Is.Empty);

        Bench.Pass(TimeSpan.FromSeconds(1));
        Assert.That(Bench.DeadLetters.Single().Reason, Does.Contain("b1"));
    }

    [Test]
    public void Nobody_there_for_one_message_says_nothing_of_the_clients_next()
    {
        var b1 = Bench.Connect("b1");
        b1.Answers = message => message.Payload == "1" ? MqttReasonCode.NoMatchingSubscribers : MqttReasonCode.Success;
        Bench.Directory.Move("c", "b1");
        var partition = Bench.Assign();
        Bench.Feed(partition, "c", "1");
        Bench.Feed(partition, "c", "2");
        Bench.Pass(TimeSpan.FromSeconds(11));

        Assert.That(Bench.DeadLetters.Single().Value, Is.EqualTo("1"));
        Assert.That(b1.Received[^1].Payload, Is.EqualTo("2"));
        Assert.That(Bench.StoredOf(partition), Is.EqualTo(2));
    }

    [Test]
    public void A_client_that_is_gone_is_waited_for_once_and_not_once_for_each_record()
    {
        var b1 = Bench.Connect("b1");
        b1.Answers = _ => MqttReasonCode.NoMatchingSubscribers;
        Bench.Directory.Move("c", "b1");
        var partition = Bench.Assign();
        for (var number = 0; number < 10; number++)
        {
            Bench.Feed(partition, "c", $"{number}");
        }

        Bench.Pass(TimeSpan.FromSeconds(14));
        Assert.That(Bench.DeadLetters, Has.Count.EqualTo(10), "AbsentWait is 10 s");
        Assert.That(b1.Received.Select(message => message.Payload).Distinct(), Has.Exactly(10).Items, "each was tried");
    }

    [Test]
    public void Nobody_there_is_delivered_when_the_message_is_retained()
    {
        var b1 = Bench.Connect("b1");
        b1.Answers = _ => MqttReasonCode.NoMatchingSubscribers;
        Bench.Directory.Move("c", "b1");
        var partition = Bench.Assign("kept");
        Bench.Feed(partition, "c");
        Bench.Pass(TimeSpan.FromSeconds(1));

        Assert.That(Bench.StoredOf(partition), Is.EqualTo(1));
    }

    [Test]
    public void A_client_that_has_moved_is_followed_before_anything_newer_goes_out()
    {
        var b1 = Bench.Connect("b1");
        var b2 = Bench.Connect("b2");
        Bench.Directory.Move("c", "b1");
        var partition = Bench.Assign();
        Bench.Feed(partition, "c", "1");
        Bench.Feed(partition, "c", "2");
        Bench.Turn();
        Bench.Directory.Move("c", "b2", silently: true);
        b1.Acknowledge(b1.Unacknowledged[0], MqttReasonCode.NoMatchingSubscribers);
        Bench.Turn();
        b2.AcknowledgeAll();
        Bench.Turn();

        // The cache was not told of the move: the read after 0x10 has found it.
        Assert.That(b1.Received.Select(message => message.Payload), Is.EqualTo(new[] { "1" }));
        Assert.That(b2.Received.Select(message => message.Payload), Is.EqualTo(new[] { "1", "2" }));
    }
}
