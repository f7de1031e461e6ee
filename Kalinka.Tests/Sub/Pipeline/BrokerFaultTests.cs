using Kalinka.Common.Mqtt;
using Kalinka.Sub.Publishing;

namespace Kalinka.Tests.Sub.Pipeline;

internal sealed class BrokerFaultTests
{
    private SubBench _bench = null!;

    [SetUp]
    public void SetUp() => _bench = new SubBench();

    [TearDown]
    public void TearDown() => _bench.Dispose();

    [Test]
    public void What_a_lost_connection_left_unacknowledged_is_sent_again_before_anything_newer()
    {
        var b1 = _bench.Connect("b1");
        var partition = _bench.Assign();
        foreach (var client in new[] { "c", "d" })
        {
            _bench.Directory.Move(client, "b1");
            _bench.Feed(partition, client, "1");
            _bench.Feed(partition, client, "2");
        }

        _bench.Turn();
        b1.Break();
        _bench.Feed(partition, "c", "3");
        _bench.Turn();
        var again = _bench.Connect("b1", answer: MqttReasonCode.Success);
        _bench.Pass(TimeSpan.FromSeconds(1));

        var sentToC = again.Received.Where(message => message.Topic == "to/c").Select(message => message.Payload);
        Assert.That(sentToC, Is.EqualTo(new[] { "1", "2", "3" }));
        Assert.That(_bench.StoredOf(partition), Is.EqualTo(5));
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
        var b1 = _bench.Connect("b1");
        b1.Answers = _ => MqttReasonCode.Success;
        _bench.Directory.Move("here", "b1");
        _bench.Directory.Move("there", "b2");
        var partition = _bench.Assign();
        _bench.Feed(partition, "there");
        _bench.Feed(partition, "here");
        _bench.Pass(TimeSpan.FromSeconds(29));
        Assert.That(b1.Received, Has.Count.EqualTo(1));
        Assert.That(_bench.Stages.Waiting, Is.EqualTo(1));
        Assert.That(_bench.DeadLetters, Is.Empty);

        _bench.Pass(TimeSpan.FromSeconds(2));
        Assert.That(_bench.DeadLetters.Single().Reason, Does.Contain("b2").And.Contain("30 s"));

        // The broker has been away long enough: the next record is decided at once.
        _bench.Feed(partition, "there", "next");
        _bench.Pass(TimeSpan.FromSeconds(0.2));
        Assert.That(_bench.DeadLetters[^1].Value, Is.EqualTo("next"));
    }

    [Test]
    public void A_client_leaves_an_unreachable_broker_as_soon_as_its_znode_says_so()
    {
        var b1 = _bench.Connect("b1");
        _bench.Directory.Move("c", "b2");
        _bench.Feed(_bench.Assign(), "c");
        _bench.Pass(TimeSpan.FromSeconds(5));
        _bench.Directory.Move("c", "b1");
        _bench.Turn();

        Assert.That(b1.Received, Has.Count.EqualTo(1));
    }

    [Test]
    public void Nobody_is_given_up_by_a_directory_that_is_not_trusted()
    {
        _bench.Directory.Move("c", "b2");
        _bench.Feed(_bench.Assign(), "c");
        _bench.Turn();
        _bench.Directory.Trusted = false;
        _bench.Pass(TimeSpan.FromMinutes(2));
        Assert.That(_bench.DeadLetters, Is.Empty);
    }

    [Test]
    public void A_broker_that_only_the_directory_knows_is_an_unreachable_one()
    {
        _bench.Directory.Move("c", "nowhere");
        _bench.Feed(_bench.Assign(), "c");
        _bench.Pass(TimeSpan.FromSeconds(31));

        Assert.That(_bench.DeadLetters.Single().Reason, Does.Contain("nowhere"));
    }

    [Test]
    public void An_exceeded_quota_is_tried_again_with_pauses_until_BrokerWait_is_over()
    {
        var b1 = _bench.Connect("b1");
        b1.Answers = _ => MqttReasonCode.QuotaExceeded;
        _bench.Directory.Move("c", "b1");
        _bench.Feed(_bench.Assign(), "c");
        _bench.Pass(TimeSpan.FromSeconds(29));
        Assert.That(_bench.DeadLetters, Is.Empty);
        Assert.That(b1.Received.Count, Is.InRange(14, 19));

        _bench.Pass(TimeSpan.FromSeconds(4));
        Assert.That(_bench.DeadLetters.Single().Reason, Does.Contain("quota"));
    }

    [Test]
    public void A_message_on_which_the_broker_closes_the_connection_is_found_and_rejected()
    {
        var partition = _bench.Assign();
        foreach (var client in new[] { "a", "b", "poison", "d", "e" })
        {
            _bench.Directory.Move(client, "b1");
            _bench.Feed(partition, client, client);
        }

        var delivered = new List<string>();
        for (var connections = 0; connections < 10 && _bench.Stages.Pool.Rented > 0; connections++)
        {
            Serve(_bench.Connect("b1"), delivered);
        }

        Assert.That(
            _bench.DeadLetters.Single(),
            Has.Property("Value").EqualTo("poison").And.Property("Reason").EqualTo(PoisonGuard.Reason)
        );
        Assert.That(delivered, Is.EquivalentTo(new[] { "a", "b", "d", "e" }));
        Assert.That(_bench.Stages.Pool.Rented, Is.Zero);
    }

    [Test]
    public void A_broker_that_restarts_is_no_reason_to_reject()
    {
        _bench.Directory.Move("c", "b1");
        _bench.Feed(_bench.Assign(), "c");
        for (var restarts = 0; restarts < 3; restarts++)
        {
            _bench.Connect("b1").Break();
            _bench.Turn();
        }

        var b1 = _bench.Connect("b1");
        b1.AcknowledgeAll();
        _bench.Turn();
        Assert.That(_bench.DeadLetters, Is.Empty);
        Assert.That(_bench.Stages.Pool.Rented, Is.Zero);
    }

    [Test]
    public void A_probe_that_ends_the_connection_is_not_sent_for_ever()
    {
        for (var times = 0; times < 2; times++)
        {
            var refused = _bench.Connect("b1", probe: null);
            Assert.That(refused.Unacknowledged, Has.Count.EqualTo(1));
            refused.Break();
            _bench.Turn();
        }

        Assert.That(_bench.Connect("b1", probe: null).Unacknowledged, Is.Empty);
        Assert.That(_bench.Session("b1").IsBlind, Is.True);
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

            _bench.Turn();
        }
    }
}
