using System.Text;
using Kalinka.Common.Configuration;
using Kalinka.Common.Delivery;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Records;
using Kalinka.Pub;
using Kalinka.Pub.Intake;
using Kalinka.Pub.Mapping;
using Kalinka.Pub.Producing;
using Kalinka.Pub.Seats;
using Kalinka.Tests.Pub.Intake;
using Kalinka.Tests.Pub.Presence;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using DeliveryReports = Kalinka.Pub.Producing.DeliveryReports;

namespace Kalinka.Tests.Pub;

/// <summary>Pub without servers, from the receive buffer to the producer and back.</summary>
public abstract class SeatFlowFixture
{
    private protected const string DeadLetters = "kalinka.dead-letter";

    private protected static readonly TimeSpan SessionTimeout = TimeSpan.FromHours(1);

    private protected FakeTimeProvider _time = null!;
    private protected readonly PublishPropertiesWriter _properties = new();
    private protected FakeProducer _producer = null!;
    private protected FakeCatalog _catalog = null!;
    private protected FakeConnection _connection = null!;
    private protected DeliveryReports _reports = null!;
    private protected DeadLetterWriter _deadLetters = null!;
    private protected SeatCounters _counters = null!;
    private protected ByteBudget _budget = null!;
    private protected MemoryDirectory _directory = null!;
    private protected PubInstance _presence = null!;
    private protected RecordingObserver _observer = null!;
    private protected SeatObservers _observers = null!;
    private protected AgeMarker _age = null!;
    private protected PauseWatch _pause = null!;
    private protected SeatFlow _flow = null!;

    [SetUp]
    public void Build()
    {
        _time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(1_000_000));
        _properties.Clear();
        _producer = new FakeProducer();
        _observer = new RecordingObserver("$SYS/events/+", "mqtt/seen/#");
        _directory = new MemoryDirectory();
        _presence = new PubInstance(_directory, _time);
        _catalog = new FakeCatalog("mqtt.mqtt", "mqtt.spark", DeadLetters).Load();
        _pause = new PauseWatch(SessionTimeout, _time, _ => { });
        _flow = NewFlow(deadLetterUnmapped: false, TopicCreation.FromRules, bufferBytes: 1_000_000);
    }

    [TearDown]
    public async Task Release()
    {
        await _deadLetters.DisposeAsync();
        await _connection.DisposeAsync();
        await _presence.DisposeAsync();
        _pause.Dispose();
        _producer.Dispose();
    }

    private protected SeatFlow NewFlow(bool deadLetterUnmapped, TopicCreation creation, long bufferBytes)
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
            new TopicRoute(_catalog, _catalog.Loaded, creation == TopicCreation.All, _time),
            new RecordSender(_producer),
            _deadLetters,
            _presence.Presence,
            _pause,
            _time
        );
        _observers = new SeatObservers([_observer], []);
        _age = new AgeMarker("c", () => default, _time, NullLogger.Instance);
        var flow = new SeatFlow(stages, lanes.Add(100), _counters, "b1", new SeatObservation(_age, null, _observers));
        _connection = new FakeConnection();
        flow.Number(new SequenceHeader("b1", 0, 9));
        flow.Open(_connection);
        return flow;
    }

    private protected static PubMapping Rules()
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

    private protected void Receive(string topic, ushort identifier, string payload = "", int qos = 1) =>
        _flow.OnPublish(Publish(Encoding.UTF8.GetBytes(topic), Encoding.UTF8.GetBytes(payload), identifier, qos));

    private protected IncomingPublish Publish(
        byte[] topic,
        byte[] payload,
        ushort identifier,
        int qos,
        byte[]? properties = null,
        bool dup = false
    ) =>
        new()
        {
            Topic = topic,
            Payload = payload,
            PacketIdentifier = identifier,
            Qos = qos,
            Retain = false,
            Dup = dup,
            Properties = new PublishProperties(properties ?? _properties.Written),
        };
}
