using Kalinka.Common.Mqtt;
using Kalinka.Sub.Publishing;

namespace Kalinka.Tests.Sub.Pipeline;

internal sealed class BrokerFaultTests : SubBenchTest
{
    [Test]
    public void A_connection_that_we_end_in_order_leaves_no_error()
    {
        Bench.Connect("b1").Break(MqttReasonCode.Success, byBroker: false);
        Bench.Turn();
        Assert.That(Bench.Stages.Configured[0].LastError, Is.Null);
        Bench.Connect("b1").Break(MqttReasonCode.ServerShuttingDown);
        Bench.Turn();
        Assert.That(Bench.Stages.Configured[0].LastError, Is.Not.Null);
    }

    [Test]
    public void What_a_lost_connection_left_unacknowledged_is_sent_again_before_anything_newer()
    {
        var b1 = Bench.Connect("b1");
        var partition = Bench.Assign();
        foreach (var client in new[] { "c", "d" })
        {
            Bench.Directory.Move(client, "b1");
            Bench.Feed(partition, client, "1");
            Bench.Feed(partition, client, "2");
        }

        Bench.Turn();
        b1.Break();
        Bench.Feed(partition, "c", "3");
        Bench.Turn();
        var again = Bench.Connect("b1", answer: MqttReasonCode.Success);
        Bench.Pass(TimeSpan.FromSeconds(1));

        var sentToC = again.Received.Where(message => message.Topic == "to/c").Select(message => message.Payload);
        Assert.That(sentToC, Is.EqualTo(new[] { "1", "2", "3" }));
        Assert.That(Bench.StoredOf(partition), Is.EqualTo(5));
    }

    [Test]
    public void A_broker_that_never_acknowledges_is_an_unreachable_one()
    {
        var b1 = Bench.Connect("b1");
        Bench.Directory.Move("c", "b1");
        var partition = Bench.Assign();
        Bench.Feed(partition, "c", "1");
        Bench.Feed(partition, "c", "2");
        Bench.Pass(TimeSpan.FromSeconds(29));
        Assert.That(b1.Disconnects, Is.Empty);

        Bench.Pass(TimeSpan.FromSeconds(2));
        Assert.That(b1.Disconnects, Has.Count.EqualTo(1));
        Assert.That(Bench.DeadLetters, Has.Count.EqualTo(2));
        Assert.That(Bench.StoredOf(partition), Is.EqualTo(2));
    }

    [Test]
    public void A_connection_that_answers_late_but_answers_is_kept()
    {
        var b1 = Bench.Connect("b1");
        Bench.Directory.Move("c", "b1");
        var partition = Bench.Assign();
        for (var round = 0; round < 5; round++)
        {
            Bench.Feed(partition, "c", $"{round}");
            Bench.Pass(TimeSpan.FromSeconds(25));
            b1.AcknowledgeAll();
        }

        Bench.Pass(TimeSpan.FromSeconds(1));
        Assert.That(b1.Disconnects, Is.Empty);
        Assert.That(Bench.StoredOf(partition), Is.EqualTo(5));
    }

    [Test]
    public void Several_in_flight_for_one_client_come_back_in_their_order()
    {
        using var bench = new SubBench(o => o with { Delivery = o.Delivery with { InFlightPerClient = 3 } });
        var b1 = bench.Connect("b1");
        bench.Directory.Move("c", "b1");
        var partition = bench.Assign();
        for (var number = 0; number < 6; number++)
        {
            bench.Feed(partition, "c", $"{number}");
        }

        bench.Turn();
        b1.Break();
        var again = bench.Connect("b1", answer: MqttReasonCode.Success);
        bench.Pass(TimeSpan.FromSeconds(1));
        Assert.That(
            again.Received.Select(message => message.Payload),
            Is.EqualTo(new[] { "0", "1", "2", "3", "4", "5" })
        );
    }

    [Test]
    public void An_unreachable_broker_delays_its_own_clients_only_and_after_BrokerWait_they_are_decided()
    {
        var b1 = Bench.Connect("b1");
        b1.Answers = _ => MqttReasonCode.Success;
        Bench.Directory.Move("here", "b1");
        Bench.Directory.Move("there", "b2");
        var partition = Bench.Assign();
        Bench.Feed(partition, "there");
        Bench.Feed(partition, "here");
        Bench.Pass(TimeSpan.FromSeconds(29));
        Assert.That(b1.Received, Has.Count.EqualTo(1));
        Assert.That(Bench.Stages.Waiting, Is.EqualTo(1));
        Assert.That(Bench.DeadLetters, Is.Empty);

        Bench.Pass(TimeSpan.FromSeconds(2));
        Assert.That(Bench.DeadLetters.Single().Reason, Does.Contain("b2").And.Contain("30 s"));

        // The broker has been away long enough: the next record is decided at once.
        Bench.Feed(partition, "there", "next");
        Bench.Pass(TimeSpan.FromSeconds(0.2));
        Assert.That(Bench.DeadLetters[^1].Value, Is.EqualTo("next"));
    }

    [Test]
    public void A_client_leaves_an_unreachable_broker_as_soon_as_its_znode_says_so()
    {
        var b1 = Bench.Connect("b1");
        Bench.Directory.Move("c", "b2");
        Bench.Feed(Bench.Assign(), "c");
        Bench.Pass(TimeSpan.FromSeconds(5));
        Bench.Directory.Move("c", "b1");
        Bench.Turn();

        Assert.That(b1.Received, Has.Count.EqualTo(1));
    }

    [Test]
    public void Nobody_is_given_up_by_a_directory_that_is_not_trusted()
    {
        Bench.Directory.Move("c", "b2");
        Bench.Feed(Bench.Assign(), "c");
        Bench.Turn();
        Bench.Directory.Trusted = false;
        Bench.Pass(TimeSpan.FromMinutes(2));
        Assert.That(Bench.DeadLetters, Is.Empty);
    }

    [Test]
    public void A_broker_that_only_the_directory_knows_is_an_unreachable_one()
    {
        Bench.Directory.Move("c", "nowhere");
        Bench.Feed(Bench.Assign(), "c");
        Bench.Pass(TimeSpan.FromSeconds(31));

        Assert.That(Bench.DeadLetters.Single().Reason, Does.Contain("nowhere"));
    }

    [Test]
    public void An_exceeded_quota_is_tried_again_with_pauses_until_BrokerWait_is_over()
    {
        var b1 = Bench.Connect("b1");
        b1.Answers = _ => MqttReasonCode.QuotaExceeded;
        Bench.Directory.Move("c", "b1");
        Bench.Feed(Bench.Assign(), "c");
        Bench.Pass(TimeSpan.FromSeconds(29));
        Assert.That(Bench.DeadLetters, Is.Empty);
        Assert.That(b1.Received.Count, Is.InRange(14, 19));

        Bench.Pass(TimeSpan.FromSeconds(4));
        Assert.That(Bench.DeadLetters.Single().Reason, Does.Contain("quota"));
    }

    [Test]
    public void Several_messages_of_a_client_may_meet_an_exceeded_quota_while_it_pauses()
    {
        using var bench = new SubBench(o => o with { Delivery = o.Delivery with { InFlightPerClient = 3 } });
        var b1 = bench.Connect("b1");
        bench.Directory.Move("c", "b1");
        var partition = bench.Assign();
        Array.ForEach(["1", "2", "3"], value => bench.Feed(partition, "c", value));
        bench.Turn();
        foreach (var message in b1.Unacknowledged)
        {
            b1.Acknowledge(message, MqttReasonCode.QuotaExceeded);
        }

        b1.Answers = _ => MqttReasonCode.Success;
        bench.Pass(TimeSpan.FromSeconds(3));
        Assert.That(b1.Received.Skip(3).Select(message => message.Payload), Is.EqualTo(new[] { "1", "2", "3" }));
        Assert.That(bench.StoredOf(partition), Is.EqualTo(3));
    }

    [Test]
    public void A_message_on_which_the_broker_closes_the_connection_is_found_and_rejected()
    {
        var partition = Bench.Assign();
        foreach (var client in new[] { "a", "b", "poison", "d", "e" })
        {
            Bench.Directory.Move(client, "b1");
            Bench.Feed(partition, client, client);
        }

        var delivered = new List<string>();
        for (var connections = 0; connections < 10 && Bench.Stages.Pool.Rented > 0; connections++)
        {
            Serve(Bench.Connect("b1"), delivered);
        }

        Assert.That(
            Bench.DeadLetters.Single(),
            Has.Property("Value").EqualTo("poison").And.Property("Reason").EqualTo(PoisonGuard.Reason)
        );
        Assert.That(delivered, Is.EquivalentTo(new[] { "a", "b", "d", "e" }));
        Assert.That(Bench.Stages.Pool.Rented, Is.Zero);
    }

    [Test]
    public void A_broker_that_restarts_is_no_reason_to_reject()
    {
        Bench.Directory.Move("c", "b1");
        Bench.Feed(Bench.Assign(), "c");
        for (var restarts = 0; restarts < 3; restarts++)
        {
            Bench.Connect("b1").Break();
            Bench.Turn();
        }

        var b1 = Bench.Connect("b1");
        b1.AcknowledgeAll();
        Bench.Turn();
        Assert.That(Bench.DeadLetters, Is.Empty);
        Assert.That(Bench.Stages.Pool.Rented, Is.Zero);
    }

    [Test]
    public void A_probe_that_ends_the_connection_is_not_sent_for_ever()
    {
        for (var times = 0; times < 2; times++)
        {
            var refused = Bench.Connect("b1", probe: null);
            Assert.That(refused.Unacknowledged, Has.Count.EqualTo(1));
            refused.Break();
            Bench.Turn();
        }

        Assert.That(Bench.Connect("b1", probe: null).Unacknowledged, Is.Empty);
        Assert.That(Bench.Session("b1").IsBlind, Is.True);
    }

    // Reads one packet after the other, as a broker does; whatever follows the poison is never read.
    private void Serve(FakeConnection b1, List<string> delivered)
    {
        while (!b1.IsClosed && b1.Unacknowledged.Count > 0)
        {
            var message = b1.Unacknowledged[0];
            if (message.Payload == "poison")
            {
                b1.Break();
            }
            else
            {
                delivered.Add(message.Payload);
                b1.Acknowledge(message);
            }

            Bench.Turn();
        }
    }
}
