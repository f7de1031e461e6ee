using Kalinka.Common.Mqtt;
using Kalinka.Sub.Publishing;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>What becomes of records whose broker is retired, withdrawn, or announced late.</summary>
internal sealed class BrokersComeAndGoTests : SubBenchTest
{
    private BrokerSessions Sessions => Bench.Stages.Sessions;

    [Test]
    public void What_has_come_before_a_retirement_is_sent_and_who_gets_more_is_absent_until_he_appears_elsewhere()
    {
        var b1 = Bench.Connect("b1", receiveMaximum: 1);
        var b2 = Bench.Connect("b2", answer: MqttReasonCode.Success);
        var partition = Bench.Assign();
        foreach (var client in new[] { "c", "d" })
        {
            Bench.Directory.Move(client, "b1");
            Bench.Feed(partition, client, $"{client}1");
            Bench.Feed(partition, client, $"{client}2");
        }

        Bench.Pass(TimeSpan.FromSeconds(1));
        var session = Bench.Session("b1");
        Bench.Stages.Inbox.Post(() => Sessions.Retire(session));
        Bench.Pass(TimeSpan.FromSeconds(1));
        Bench.Feed(partition, "c", "late");
        Bench.Turn();
        Assert.That(session.IsDrained, Is.False);
        while (b1.Unacknowledged.Count > 0)
        {
            b1.AcknowledgeAll();
            Bench.Turn();
        }

        Assert.That(b1.Received.Select(message => message.Payload), Is.EquivalentTo(new[] { "c1", "c2", "d1", "d2" }));
        Assert.That(session.IsDrained);
        Bench.Stages.Inbox.Post(() => Sessions.End(session, retired: true));
        Bench.Pass(TimeSpan.FromSeconds(5));
        Bench.Directory.Move("c", "b2");
        Bench.Pass(TimeSpan.FromSeconds(1));
        Assert.That(b2.Received.Select(message => message.Payload), Is.EqualTo(new[] { "late" }));
        Assert.That(Bench.DeadLetters, Is.Empty);
        Assert.That(Bench.StoredOf(partition), Is.EqualTo(5));
    }

    [Test]
    public void Who_stays_at_a_retired_broker_is_absent_in_the_end_and_all_his_records_at_once()
    {
        var session = Bench.Session("b1");
        Bench.Connect("b1");
        Bench.Stages.Inbox.Post(() => Sessions.Retire(session));
        Bench.Stages.Inbox.Post(() => Sessions.End(session, retired: true));
        Bench.Directory.Move("c", "b1");
        var partition = Bench.Assign();
        for (var number = 0; number < 20; number++)
        {
            Bench.Feed(partition, "c");
        }

        Bench.Pass(TimeSpan.FromSeconds(9));
        Assert.That(Bench.DeadLetters, Is.Empty);
        Bench.Pass(TimeSpan.FromSeconds(2));
        Assert.That(Bench.DeadLetters, Has.Count.EqualTo(20));
        Assert.That(Bench.DeadLetters[0].Reason, Does.Contain("absent"));
        Assert.That(Bench.StoredOf(partition), Is.EqualTo(20));
    }

    [Test]
    public void A_retired_broker_that_comes_back_gets_what_waited()
    {
        var session = Bench.Session("b1");
        Bench.Stages.Inbox.Post(() => Sessions.End(session, retired: true));
        Bench.Directory.Move("c", "b1");
        Bench.Feed(Bench.Assign(), "c");
        Bench.Pass(TimeSpan.FromSeconds(5));
        Bench.Stages.Inbox.Post(() =>
        {
            Sessions.Begin(session, MqttVersion.V5);
            Bench.Stages.WaitingRoom.LookAgain();
        });
        Bench.Turn();
        Assert.That(Bench.Connect("b1").Received, Has.Count.EqualTo(1));
    }

    [Test]
    public void Nothing_is_sent_to_a_broker_that_is_withdrawn_and_what_waits_looks_for_another()
    {
        var b1 = Bench.Connect("b1", receiveMaximum: 1);
        var b2 = Bench.Connect("b2", answer: MqttReasonCode.Success);
        var partition = Bench.Assign();
        foreach (var client in new[] { "c", "d" })
        {
            Bench.Directory.Move(client, "b1");
            Bench.Feed(partition, client, client);
        }

        Bench.Turn();
        var session = Bench.Session("b1");
        Bench.Stages.Inbox.Post(() => Sessions.End(session, retired: false));
        Bench.Turn();
        Assert.That(session.IsDrained, Is.False);
        b1.AcknowledgeAll();
        Bench.Turn();
        Assert.That(session.IsDrained);
        Assert.That(b1.Received, Has.Count.EqualTo(1));
        var left = b1.Received[0].Payload == "c" ? "d" : "c";
        Bench.Directory.Move(left, "b2");
        Bench.Pass(TimeSpan.FromSeconds(1));
        Assert.That(b2.Received.Single().Payload, Is.EqualTo(left));
        Assert.That(Bench.StoredOf(partition), Is.EqualTo(2));
    }

    [Test]
    public void A_stranger_that_is_announced_has_BrokerWait_from_then_on()
    {
        Bench.Directory.Move("c", "nine");
        var partition = Bench.Assign();
        Bench.Feed(partition, "c", "given up");
        Bench.Pass(TimeSpan.FromSeconds(31));
        Assert.That(Bench.DeadLetters, Has.Count.EqualTo(1));

        Bench.Stages.Inbox.Post(() => Sessions.Begin(Sessions.Open("nine"), MqttVersion.V5));
        Bench.Feed(partition, "c", "waits");
        Bench.Pass(TimeSpan.FromSeconds(20));
        Assert.That(Bench.DeadLetters, Has.Count.EqualTo(1));
    }
}
