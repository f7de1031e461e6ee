using System.Text;
using Kalinka.Common.Configuration;
using Kalinka.Common.Delivery;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Records;
using Kalinka.Pub;
using Kalinka.Pub.Mapping;
using Kalinka.Pub.Producing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Pub;

/// <summary>The way of a message through pub, without servers: from the receive buffer to the producer and back.</summary>
[TestFixture]
public sealed class SeatFlowTests
{
    private const string DeadLetters = "kalinka.dead-letter";

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeMilliseconds(1_000_000));
    private readonly PublishPropertiesWriter _properties = new();
    private FakeProducer _producer = null!;
    private FakeCatalog _catalog = null!;
    private FakeConnection _connection = null!;
    private DeliveryReports _reports = null!;
    private DeadLetterWriter _deadLetters = null!;
    private SeatCounters _counters = null!;
    private ByteBudget _budget = null!;
    private SeatFlow _flow = null!;

    [SetUp]
    public void Build()
    {
        _properties.Clear();
        _producer = new FakeProducer();
        _catalog = new FakeCatalog("mqtt.mqtt", "mqtt.spark", DeadLetters).Load();
        _flow = NewFlow(deadLetterUnmapped: false, TopicCreation.FromRules, bufferBytes: 1_000_000);
    }

    [TearDown]
    public async Task Release()
    {
        await _deadLetters.DisposeAsync();
        await _connection.DisposeAsync();
        _producer.Dispose();
    }

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
    public void Or_it_becomes_a_dead_letter_when_the_configuration_says_so()
    {
        _flow = NewFlow(deadLetterUnmapped: true, TopicCreation.FromRules, bufferBytes: 1_000_000);
        Receive("elsewhere", identifier: 3, payload: "x");

        var letter = _producer.Records.Single();
        Assert.That(letter.KafkaTopic, Is.EqualTo(DeadLetters));
        Assert.That(letter.Header("kalinka-reason"), Is.EqualTo("no rule matches"));
        Assert.That(letter.Header("kalinka-daemon"), Is.EqualTo("kalinka-pub"));
        Assert.That(letter.Header("kalinka-origin"), Is.EqualTo("b1/elsewhere"));
        Assert.That(_connection.Acknowledged, Is.Empty, "before the dead letter's own report");

        _reports.OnDelivered([letter.Token]);

        Assert.That(_connection.Acknowledged, Is.EqualTo(new ushort[] { 3 }));
    }

    [Test]
    public void An_unknown_topic_is_a_dead_letter_at_once()
    {
        Receive("mqtt/d1/nobody/pub", identifier: 4);

        var letter = _producer.Records.Single();
        Assert.That(letter.KafkaTopic, Is.EqualTo(DeadLetters));
        Assert.That(letter.Key, Is.EqualTo("d1"));
        Assert.That(letter.Header("srcId"), Is.EqualTo("d1"));
        Assert.That(letter.Header("kalinka-reason"), Is.EqualTo("unknown topic mqtt.nobody"));
    }

    [Test]
    public void With_CreateTopics_All_an_unknown_topic_is_made()
    {
        _flow = NewFlow(deadLetterUnmapped: false, TopicCreation.All, bufferBytes: 1_000_000);
        Receive("mqtt/d1/newcomer/pub", identifier: 4);

        Assert.That(_producer.Records.Single().KafkaTopic, Is.EqualTo("mqtt.newcomer"));
    }

    [Test]
    public void A_message_that_went_round_too_often_is_a_dead_letter()
    {
        _properties.TryAddUserProperty("kalinka-hops"u8, "5"u8);
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 4);

        Assert.That(_producer.Records.Single().Header("kalinka-reason"), Is.EqualTo("loop: 5 hops"));
    }

    [Test]
    public void The_hops_of_a_message_are_counted_on()
    {
        _properties.TryAddUserProperty("kalinka-hops"u8, "4"u8);
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 4);

        Assert.That(_producer.Records.Single().Header("kalinka-hops"), Is.EqualTo("5"));
    }

    [Test]
    public void What_Kafka_refuses_for_ever_becomes_a_dead_letter_under_the_same_ticket()
    {
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 9, payload: "hello");
        var record = _producer.Records.Single();
        var headers = new RecordHeaderBuffer();
        foreach (var (name, value) in record.Headers)
        {
            headers.Add(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value));
        }

        _reports.OnFailed(
            record.Token,
            RecordError.NotAuthorized,
            "Topic authorization failed",
            new FailedRecord
            {
                KafkaTopic = "mqtt.mqtt",
                HasKey = true,
                Key = "d2"u8,
                Value = "hello"u8,
                Headers = headers,
            }
        );

        var letter = _producer.Records[1];
        Assert.That(letter.Token, Is.EqualTo(record.Token));
        Assert.That(letter.Key, Is.EqualTo("d2"));
        Assert.That(letter.Header("kalinka-origin"), Is.EqualTo("b1/mqtt/d1/mqtt/d2/pub"));
        Assert.That(letter.Header("kalinka-reason"), Does.Contain("mqtt.mqtt").And.Contain("authorization"));
        Assert.That(_connection.Acknowledged, Is.Empty);
        _reports.OnDelivered([letter.Token]);
        Assert.That(_connection.Acknowledged, Is.EqualTo(new ushort[] { 9 }));
    }

    [Test]
    public void A_dead_letter_that_does_not_fit_is_cut_and_says_so()
    {
        _producer.Results.Enqueue(ProduceResult.TooLarge);
        _producer.Results.Enqueue(ProduceResult.TooLarge);
        Receive("mqtt/d1/mqtt/d2/pub", identifier: 9, payload: new string('x', 100_000));
        Assert.That(_producer.Records, Is.Empty);

        _time.Advance(TimeSpan.FromSeconds(1));

        var letter = _producer.Records.Single();
        Assert.That(letter.Value, Has.Length.EqualTo(64 * 1024));
        Assert.That(letter.Header("kalinka-truncated"), Is.EqualTo("100000"));
        Assert.That(letter.Header("kalinka-reason"), Does.StartWith("too large"));
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

    private SeatFlow NewFlow(bool deadLetterUnmapped, TopicCreation creation, long bufferBytes)
    {
        _budget = new ByteBudget(bufferBytes);
        var lanes = new LaneTable(_budget);
        _reports = new DeliveryReports(lanes, _budget, new ProducingCounters());
        _deadLetters = new DeadLetterWriter(
            _producer,
            _catalog,
            DeadLetters,
            "kalinka-pub",
            _time,
            NullLogger<DeadLetterWriter>.Instance
        );
        _reports.DeadLetters = _deadLetters;
        _counters = new SeatCounters();
        var stages = new FlowStages(
            Rules(),
            deadLetterUnmapped,
            _budget,
            bufferBytes / 4,
            new TopicRoute(_catalog, creation),
            new RecordSender(_producer),
            _deadLetters,
            null,
            _time
        );
        var flow = new SeatFlow(stages, lanes.Add(100), _counters, "b1");
        _connection = new FakeConnection();
        flow.Number(new SequenceHeader("b1", 0, 9));
        flow.Open(_connection);
        return flow;
    }

    private static PubMapping Rules()
    {
        var errors = new List<ConfigurationError>();
        var mapping = PubMapping.Compile(
            new PubMappingOptions(
                [
                    new("mqtt/{src}/mqtt/{dest}/pub", "mqtt.mqtt", "{dest}", "{src}", [new("srcId", "{src}")]),
                    new("mqtt/{src}/{system}/pub", "mqtt.{system}", "{src}", "{src}", [new("srcId", "{src}")]),
                ],
                false
            ),
            errors
        );
        Assert.That(errors, Is.Empty);
        return mapping!;
    }

    private void Receive(string topic, ushort identifier, string payload = "", int qos = 1) =>
        _flow.OnPublish(Publish(Encoding.UTF8.GetBytes(topic), Encoding.UTF8.GetBytes(payload), identifier, qos));

    private IncomingPublish Publish(byte[] topic, byte[] payload, ushort identifier, int qos) =>
        new()
        {
            Topic = topic,
            Payload = payload,
            PacketIdentifier = identifier,
            Qos = qos,
            Retain = false,
            Dup = false,
            Properties = new PublishProperties(_properties.Written),
        };
}
