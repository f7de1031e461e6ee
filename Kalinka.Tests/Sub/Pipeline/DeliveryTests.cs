using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Sub.Pipeline;

internal sealed class DeliveryTests : SubBenchTest
{
    [Test]
    public void A_record_is_published_at_its_clients_broker_and_settled_by_the_puback()
    {
        var b1 = Bench.Connect("b1");
        var b2 = Bench.Connect("b2");
        Bench.Directory.Move("c", "b2");
        var partition = Bench.Assign();

        Bench.Feed(partition, "c", "hello");
        Bench.Pass(TimeSpan.FromSeconds(1));

        Assert.That(b1.Received, Is.Empty);
        Assert.That(
            b2.Received.Single(),
            Has.Property("Topic").EqualTo("to/c").And.Property("Payload").EqualTo("hello")
        );
        Assert.That(Bench.StoredOf(partition), Is.EqualTo(-1));

        b2.AcknowledgeAll();
        Bench.Pass(TimeSpan.FromSeconds(1));
        Assert.That(Bench.StoredOf(partition), Is.EqualTo(1));
        Assert.That(Bench.Stages.Pool.Rented, Is.Zero);
    }

    [Test]
    public void One_publish_of_a_client_is_in_flight_and_many_clients_are()
    {
        var b1 = Bench.Connect("b1");
        var partition = Bench.Assign();
        foreach (var client in new[] { "c", "d", "e" })
        {
            Bench.Directory.Move(client, "b1");
            Bench.Feed(partition, client, "1");
            Bench.Feed(partition, client, "2");
        }

        Bench.Turn();
        Assert.That(
            b1.Received.Select(message => message.Topic + message.Payload),
            Is.EqualTo(new[] { "to/c1", "to/d1", "to/e1" })
        );

        b1.Acknowledge(b1.Unacknowledged[1]);
        Bench.Turn();
        Assert.That(b1.Received[^1], Has.Property("Topic").EqualTo("to/d").And.Property("Payload").EqualTo("2"));
    }

    [Test]
    public void As_many_are_in_flight_per_client_as_is_configured()
    {
        using var bench = new SubBench(o => o with { Delivery = o.Delivery with { InFlightPerClient = 3 } });
        var b1 = bench.Connect("b1");
        bench.Directory.Move("c", "b1");
        var partition = bench.Assign();
        for (var number = 0; number < 5; number++)
        {
            bench.Feed(partition, "c", $"{number}");
        }

        bench.Turn();
        Assert.That(b1.Received.Select(message => message.Payload), Is.EqualTo(new[] { "0", "1", "2" }));
    }

    [Test]
    public void The_brokers_Receive_Maximum_is_the_window_and_who_waited_longest_is_next()
    {
        var b1 = Bench.Connect("b1", receiveMaximum: 2);
        var partition = Bench.Assign();
        foreach (var client in new[] { "a", "b", "c", "d" })
        {
            Bench.Directory.Move(client, "b1");
            Bench.Feed(partition, client, "1");
        }

        Bench.Feed(partition, "a", "2");
        Bench.Turn();
        Assert.That(b1.Unacknowledged, Has.Count.EqualTo(2));

        for (var answered = 0; answered < 5; answered++)
        {
            b1.Acknowledge(b1.Unacknowledged[0]);
            Bench.Turn();
        }

        var order = b1.Received.Select(message => message.Topic[^1] + message.Payload);
        Assert.That(order, Is.EqualTo(new[] { "a1", "b1", "c1", "d1", "a2" }));
    }

    [Test]
    public void QoS_0_is_settled_when_it_has_been_handed_over()
    {
        var b1 = Bench.Connect("b1");
        Bench.Directory.Move("c", "b1");
        var partition = Bench.Assign("fast");
        Bench.Feed(partition, "c", "1");
        Bench.Feed(partition, "c", "2");
        Bench.Pass(TimeSpan.FromSeconds(1));

        Assert.That(
            b1.Received.Select(message => (message.Qos, message.Payload)),
            Is.EqualTo(new[] { (0, "1"), (0, "2") })
        );
        Assert.That(Bench.StoredOf(partition), Is.EqualTo(2));
    }

    [Test]
    public void A_topic_that_names_the_broker_is_written_for_each_broker_anew()
    {
        var b1 = Bench.Connect("b1");
        var b2 = Bench.Connect("b2");
        Bench.Directory.Move("c", "b1");
        Bench.Feed(Bench.Assign("named"), "c");
        Bench.Turn();
        Bench.Directory.Move("c", "b2");
        b1.Acknowledge(b1.Unacknowledged[0], MqttReasonCode.NoMatchingSubscribers);
        Bench.Turn();

        Assert.That(b1.Received.Single().Topic, Is.EqualTo("b1/c"));
        Assert.That(b2.Received.Single().Topic, Is.EqualTo("b2/c"));
    }

    [Test]
    public void Headers_travel_as_properties_and_the_hop_is_counted()
    {
        var b1 = Bench.Connect("b1");
        Bench.Directory.Move("c", "b1");
        var expiresAt = Bench.Time.GetUtcNow().AddSeconds(90).ToUnixTimeMilliseconds();
        Bench.Feed(
            Bench.Assign("marked"),
            "c",
            "v",
            null,
            ("srcId", "s1"),
            ("kalinka-hops", "2"),
            ("mqtt-content-type", "text/plain"),
            ("mqtt-expires-at", $"{expiresAt}"),
            ("mqtt-response-topic", "a/+/b")
        );
        Bench.Turn();

        var message = b1.Received.Single();
        Assert.That(message.UserProperty("srcId"), Is.EqualTo("s1"));
        Assert.That(message.UserProperty("mark"), Is.EqualTo("c"));
        Assert.That(message.UserProperty("kalinka-hops"), Is.EqualTo("3"));
        Assert.That(message.ExpirySeconds, Is.EqualTo(90));
        Assert.That(new PublishProperties(message.Properties).TryGetContentType(out _));
        Assert.That(new PublishProperties(message.Properties).TryGetResponseTopic(out _), Is.False);
        Assert.That(Bench.Counters["headers left out"], Is.EqualTo(1));
    }

    [Test]
    public void MQTT_3_gets_no_properties()
    {
        var old = Bench.Connect("old");
        Bench.Directory.Move("c", "old");
        Bench.Feed(Bench.Assign(), "c", "v", null, ("srcId", "s1"));
        Bench.Turn();

        Assert.That(old.Received.Single().Properties, Is.Empty);
        Assert.That(Bench.Session("old").IsBlind, Is.True);
    }

    [Test]
    public void A_tombstone_is_an_empty_payload()
    {
        var b1 = Bench.Connect("b1");
        Bench.Directory.Move("c", "b1");
        var partition = Bench.Assign();
        Bench.Feed(partition, new ConsumedRecord(partition.Partition, 0, 0, "c"u8.ToArray(), null, []));
        Bench.Turn();

        Assert.That(b1.Received.Single().Payload, Is.Empty);
    }

    [Test]
    public void A_broker_that_answers_the_probe_is_not_blind()
    {
        Bench.Connect("b1");
        Bench.Connect("b2", probe: MqttReasonCode.Success);

        Assert.That(Bench.Session("b1").IsBlind, Is.False);
        Assert.That(Bench.Session("b2").IsBlind, Is.True);
    }
}
