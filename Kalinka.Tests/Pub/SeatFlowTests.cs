using Kalinka.Common.Kafka;
using Kalinka.Common.Records;

namespace Kalinka.Tests.Pub;

/// <summary>The way of a message through pub, without servers: from the receive buffer to the producer and back.</summary>
[TestFixture]
public sealed class SeatFlowTests : SeatFlowFixture
{
    [Test]
    public void A_message_becomes_a_record_and_its_report_an_acknowledgement()
    {
        _properties.TryAddUserProperty("colour"u8, "red"u8);
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 7, payload: "hello");

        var record = _producer.Records.Single();
        Assert.That(record.KafkaTopic, Is.EqualTo("mqtt.mqtt"));
        Assert.That(record.Key, Is.EqualTo("d2"));
        Assert.That(record.Value, Is.EqualTo("hello"u8.ToArray()));
        Assert.That(record.TimestampMs, Is.EqualTo(1_000_000));
        Assert.That(
            record.Headers.Select(header => $"{header.Key}={header.Value}"),
            Is.EqualTo(
                new[]
                {
                    "srcId=d1",
                    "mqtt-topic=mqtt/d1/mqtt/d2/pub",
                    "mqtt-broker=b1",
                    "mqtt-qos=1",
                    "mqtt-retain=false",
                    "colour=red",
                    "kalinka-hops=1",
                    "kalinka-seq=b1/0/9/1",
                }
            )
        );
        Assert.That(_connection.Acknowledged, Is.Empty, "before the delivery report");

        _reports.OnDelivered([record.Token]);

        Assert.That(_connection.Acknowledged, Is.EqualTo(new ushort[] { 7 }));
        Assert.That(_budget.Held, Is.Zero);
    }

    [Test]
    public void A_message_that_no_rule_matches_is_dropped_acknowledged_and_counted()
    {
        Receive("elsewhere", identifier: 3);

        Assert.That(_producer.Records, Is.Empty);
        Assert.That(_connection.Acknowledged, Is.EqualTo(new ushort[] { 3 }));
        Assert.That(_counters.Unmapped, Is.EqualTo(1));
        Assert.That(_budget.Held, Is.Zero);
    }

    [Test]
    public async Task What_arrives_when_the_process_wakes_from_a_pause_is_for_whoever_has_the_seat_by_now()
    {
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 1);
        _time.Advance(SessionTimeout + TimeSpan.FromSeconds(1));
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 2);

        Assert.That(_producer.Records, Has.Count.EqualTo(1));
        Assert.That((await _connection.Closed).Description, Is.EqualTo("disposed"));
        _reports.OnDelivered([_producer.Records[0].Token]);
        Assert.That(_connection.Acknowledged, Is.Empty);
        Assert.That(_budget.Held, Is.Zero);

        _pause.Tick();
        _flow.Open(new FakeConnection());
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 2);
        Assert.That(_producer.Records, Has.Count.EqualTo(2));
    }

    [Test]
    public void The_hops_of_a_message_are_counted_on()
    {
        _properties.TryAddUserProperty("kalinka-hops"u8, "4"u8);
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 4);

        Assert.That(_producer.Records.Single().Header("kalinka-hops"), Is.EqualTo("5"));
    }

    [Test]
    public void Without_a_sequence_there_is_no_such_header()
    {
        _flow.Number(null);
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 4);

        Assert.That(_producer.Records.Single().Header("kalinka-seq"), Is.Null);
    }

    [Test]
    public void Records_are_numbered_and_a_new_mastership_begins_anew()
    {
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 1);
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 2);
        _flow.Number(new SequenceHeader("b1", 0, 10));
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 3);

        Assert.That(
            _producer.Records.Select(record => record.Header("kalinka-seq")),
            Is.EqualTo(new[] { "b1/0/9/1", "b1/0/9/2", "b1/0/10/1" })
        );
    }

    [Test]
    public void User_properties_that_systems_would_trust_are_left_out_and_counted()
    {
        _properties.TryAddUserProperty("srcId"u8, "forged"u8);
        _properties.TryAddUserProperty("mqtt-broker"u8, "forged"u8);
        _properties.TryAddUserProperty("kalinka-seq"u8, "forged"u8);
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 4);

        Assert.That(
            _producer.Records.Single().Headers.Select(header => header.Value),
            Has.None.EqualTo("forged").And.One.EqualTo("d1")
        );
        Assert.That(_counters.ForgedHeaders, Is.EqualTo(3));
    }

    [Test]
    public void A_message_tells_presence_where_its_client_is()
    {
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 1);
        Receive("mqtt//mqtt/d2/pub", identifier: 2);

        Assert.That(_presence.Presence.Pending.Count, Is.EqualTo(1), "a client without a name is none");
        Assert.That(_producer.Records, Has.Count.EqualTo(2));
    }

    [Test]
    public void QoS_0_becomes_a_record_too_and_is_not_acknowledged()
    {
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 0, qos: 0);
        Assert.That(_flow.InFlight, Is.Zero);
        _reports.OnDelivered([_producer.LastToken]);

        Assert.That(_producer.Records.Single().Header("mqtt-qos"), Is.EqualTo("0"));
        Assert.That(_connection.Acknowledged, Is.Empty);
        Assert.That(_budget.Held, Is.Zero);
    }

    [Test]
    public void QoS_0_does_not_wait_for_a_Kafka_that_never_answered()
    {
        _catalog = new FakeCatalog("mqtt.mqtt");
        _flow = NewFlow(deadLetterUnmapped: false, TopicCreation.FromRules, bufferBytes: 10_000);
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 0, qos: 0);

        Assert.That(_counters.Shed, Is.EqualTo(1));
        Assert.That(_budget.Held, Is.Zero);
    }

    [Test]
    public void QoS_0_does_not_wait_for_a_full_producer()
    {
        _producer.Results.Enqueue(ProduceResult.QueueFull);
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 0, qos: 0);
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 0, qos: 0);

        Assert.That(_counters.Shed, Is.EqualTo(1));
        Assert.That(_producer.Records.Single().Header("kalinka-seq"), Is.EqualTo("b1/0/9/1"), "no gap");
    }

    [Test]
    public void After_the_end_of_the_connection_nothing_is_produced()
    {
        _flow.Close();
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 1);

        Assert.That(_producer.Records, Is.Empty);
        Assert.That(_budget.Held, Is.Zero);
    }

    [Test, CancelAfter(30_000)]
    public async Task A_drain_gives_up_who_waits_for_a_full_producer_and_holds_nothing()
    {
        _producer.AlwaysFull = true;
        var waiting = Task.Run(() => Receive("mqtt/d1/mqtt/d2/pub", identifier: 1));
        SpinWait.SpinUntil(() => _flow.InFlight == 1);

        _flow.Drain();
        await waiting;

        Assert.That(_flow.WhenSettledAsync().IsCompleted, Is.True);
        Assert.That(_budget.Held, Is.Zero);
    }

    [Test]
    public void QoS_0_takes_no_place_and_is_shed_first()
    {
        _flow = NewFlow(deadLetterUnmapped: false, TopicCreation.FromRules, bufferBytes: 4_000);
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 0, payload: new string('x', 2_000), qos: 0);
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 0, payload: new string('x', 2_000), qos: 0);

        Assert.That(_producer.Records, Has.Count.EqualTo(1));
        Assert.That(_counters.Shed, Is.EqualTo(1));
        Assert.That(_flow.InFlight, Is.Zero);
        _reports.OnDelivered([_producer.LastToken]);
        Assert.That(_budget.Held, Is.Zero);
    }

    [Test, CancelAfter(30_000)]
    public async Task A_full_producer_stops_the_reading_until_it_has_room()
    {
        _producer.Results.Enqueue(ProduceResult.QueueFull);
        _producer.Results.Enqueue(ProduceResult.QueueFull);

        await Task.Run(() => Receive("mqtt/d1/mqtt/d2/pub", identifier: 1));

        Assert.That(_producer.Records, Has.Count.EqualTo(1));
        Assert.That(_producer.Records[0].Header("kalinka-seq"), Is.EqualTo("b1/0/9/1"));
    }

    [Test, CancelAfter(30_000)]
    public async Task A_spent_budget_stops_the_reading_until_a_report_comes()
    {
        _flow = NewFlow(deadLetterUnmapped: false, TopicCreation.FromRules, bufferBytes: 2_000);
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 1, payload: new string('x', 1_400));
        var second = Task.Run(() => Receive("mqtt/d1/mqtt/d2/pub", identifier: 2, payload: new string('x', 1_400)));
        SpinWait.SpinUntil(() => _budget.Waiting == 1);
        Assert.That(_producer.Records, Has.Count.EqualTo(1));

        _reports.OnDelivered([_producer.Records[0].Token]);
        await second;

        Assert.That(_producer.Records, Has.Count.EqualTo(2));
    }

    [Test, CancelAfter(30_000)]
    public async Task Whoever_waits_when_the_connection_ends_gives_up_and_holds_nothing()
    {
        _catalog = new FakeCatalog("mqtt.mqtt");
        _flow = NewFlow(deadLetterUnmapped: false, TopicCreation.FromRules, bufferBytes: 10_000);
        var waiting = Task.Run(() => Receive("mqtt/d1/mqtt/d2/pub", identifier: 1));
        SpinWait.SpinUntil(() => _budget.Held > 0);

        _flow.Close();
        await waiting;

        Assert.That(_budget.Held, Is.Zero);
        Assert.That(_flow.WhenSettledAsync().IsCompleted, Is.True);
    }

    [Test]
    public void While_draining_nothing_new_is_produced_and_reports_are_still_acknowledged()
    {
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 1);
        _flow.Drain();
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 2);
        _reports.OnDelivered([_producer.Records[0].Token]);

        Assert.That(_producer.Records, Has.Count.EqualTo(1));
        Assert.That(_connection.Acknowledged, Is.EqualTo(new ushort[] { 1 }));
    }

    [Test]
    public void A_message_costs_no_allocation()
    {
        _producer.Keep = false;
        _directory.Set("d1", "b1");
        _properties.TryAddUserProperty("colour"u8, "red"u8);
        var topic = "mqtt/d1/mqtt/d2/pub"u8.ToArray();
        var payload = new byte[128];
        var token = new long[1];
        Cycle(1_000);
        _connection.Acknowledged.Clear();
        _connection.Acknowledged.EnsureCapacity(20_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Cycle(10_000);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Cycle(int count)
        {
            for (var round = 0; round < count; round++)
            {
                _flow.OnPublish(Publish(topic, payload, 5, 1));
                token[0] = _producer.LastToken;
                _reports.OnDelivered(token);
            }
        }
    }
}
