using System.Text;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Pub.Intake;

namespace Kalinka.Tests.Pub;

/// <summary>Messages that come for observers, among those that become records.</summary>
[TestFixture]
public sealed class ObservedMessageTests : SeatFlowFixture
{
    [Test]
    public void In_MQTT_5_the_Subscription_Identifier_tells_the_copies_apart()
    {
        _observers.Prepare(identified: true);
        Receive("mqtt/seen/spark/pub", 1);
        ReceiveFor("mqtt/seen/spark/pub", 2, Seen);

        Assert.That(_producer.Records, Has.Count.EqualTo(1));
        Assert.That(_observer.Topics, Is.EqualTo(new[] { "mqtt/seen/spark/pub" }));
        Assert.That(_counters.Received, Is.EqualTo(1));
    }

    [Test]
    public void One_copy_with_the_identifiers_of_both_is_observed_and_becomes_a_record()
    {
        _observers.Prepare(identified: true);
        ReceiveFor("mqtt/seen/spark/pub", 1, Seen, 77);

        Assert.That(_producer.Records, Has.Count.EqualTo(1));
        Assert.That(_observer.Topics, Has.Count.EqualTo(1));
    }

    [Test]
    public void Without_identifiers_the_topic_tells_and_what_a_rule_wants_is_never_lost()
    {
        _observers.Prepare(identified: false);
        Receive("$SYS/events/1", 1);
        Receive("mqtt/seen/spark/pub", 2);

        Assert.That(_observer.Topics, Is.EqualTo(new[] { "$SYS/events/1", "mqtt/seen/spark/pub" }));
        Assert.That(_producer.Records, Has.Count.EqualTo(1));
    }

    [Test]
    public void What_was_observed_is_acknowledged_in_its_turn()
    {
        _observers.Prepare(identified: false);
        Receive("mqtt/d1/spark/pub", 1);
        Receive("$SYS/events/1", 2);
        Assert.That(_connection.Acknowledged, Is.Empty, "the record before it waits for Kafka");

        _reports.OnDelivered([_producer.Records[0].Token]);

        Assert.That(_connection.Acknowledged, Is.EqualTo(new ushort[] { 1, 2 }));
        Assert.That(_budget.Held, Is.Zero);
    }

    [Test]
    public void An_observer_that_fails_fails_alone()
    {
        _observers.Prepare(identified: false);
        _observer.Throws = new InvalidOperationException();
        Receive("$SYS/events/1", 1);
        Receive("mqtt/d1/spark/pub", 2);

        Assert.That(_observers.Failures, Is.EqualTo(1));
        Assert.That(_connection.Acknowledged, Is.EqualTo(new ushort[] { 1 }));
        Assert.That(_producer.Records, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_marker_that_comes_for_a_rule_never_becomes_a_record()
    {
        _flow = NewFlow(deadLetterUnmapped: true, TopicCreation.FromRules, bufferBytes: 1_000_000);
        _observers.Prepare(identified: true);
        Receive("kalinka/age/kalinka-pub-b1-1", 1);

        Assert.That(_producer.Records, Is.Empty);
        Assert.That(_connection.Acknowledged, Is.EqualTo(new ushort[] { 1 }));
    }

    [Test]
    public void Observing_allocates_nothing()
    {
        var observers = new SeatObservers([new DropCounter()], []);
        observers.Prepare(identified: true);
        var identifiers = Identifiers([77, observers.Subscriptions[0].Identifier!.Value]);
        var publish = Publish("$SYS/broker/publish/messages/dropped"u8.ToArray(), "12"u8.ToArray(), 1, 1, identifiers);
        observers.Observe(publish);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 1000; round++)
        {
            observers.Observe(publish);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private uint Seen => _observers.Subscriptions[1].Identifier!.Value;

    private void ReceiveFor(string topic, ushort packetIdentifier, params uint[] identifiers) =>
        _flow.OnPublish(Publish(Encoding.UTF8.GetBytes(topic), [], packetIdentifier, 1, Identifiers(identifiers)));

    private static byte[] Identifiers(uint[] identifiers)
    {
        var block = new List<byte>();
        Span<byte> number = stackalloc byte[4];
        foreach (var identifier in identifiers)
        {
            block.Add((byte)PropertyId.SubscriptionIdentifier);
            block.AddRange(number[..VariableByteInteger.Write(number, identifier)]);
        }

        return [.. block];
    }
}
