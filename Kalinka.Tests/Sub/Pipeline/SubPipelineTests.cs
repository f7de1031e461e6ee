using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Sub;
using Kalinka.Sub.Deliveries;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>The whole pipeline with its threads, between a group, brokers and a directory of the test's own.</summary>
internal sealed partial class SubPipelineTests
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(20);
    private static readonly TopicPartition Partition = new("in", 0);

    private CancellationTokenSource _stopping = null!;
    private TestMeters _meters = null!;
    private FakeConnector _connector = null!;
    private FakeDirectory _directory = null!;
    private FakeRoster _roster = null!;
    private FakeConsumer _consumer = null!;
    private FakeConsumer _deliveryConsumer = null!;
    private FakePartitions _partitions = null!;
    private FakeDeadLetterTopic _deadLetters = null!;
    private SubPipeline _pipeline = null!;
    private Task _running = null!;

    [SetUp]
    public void SetUp() => Start(SubOptionsFor.Tests);

    [TearDown]
    public async Task TearDown()
    {
        await _stopping.CancelAsync();
        await _running.ContinueWith(_ => { }, TaskScheduler.Default);
        await _pipeline.DisposeAsync();
        _consumer.Dispose();
        _deliveryConsumer.Dispose();
        _deadLetters.Dispose();
        _meters.Dispose();
        _stopping.Dispose();
    }

    [Test]
    public async Task It_connects_joins_and_says_when_it_is_ready()
    {
        Assert.That(_pipeline.Status().Ready, Is.False);
        Assert.That(_pipeline.Status().WaitingFor, Does.Contain("group"));
        _consumer.Assign();
        await Eventually.That(() => _pipeline.Status().Ready, Within, "ready");
        await Eventually.That(() => _pipeline.Status().Brokers.All(b => b.State == "connected"), Within, "brokers");
        Assert.That(_connector.Options.Select(options => options.ClientId), Does.Contain("kalinka-sub-i1-b1"));
        Assert.That(_connector.Options.All(options => options.CleanStart && options.SessionExpiry == TimeSpan.Zero));
    }

    [Test]
    public void Without_a_topic_to_read_it_is_ready_outside_the_group()
    {
        _deadLetters.Topics = ["others"];
        Assert.That(_pipeline.Status().WaitingFor, Is.Null);
        _deadLetters.Topics = ["others", "in"];
        Assert.That(_pipeline.Status().WaitingFor, Does.Contain("group"));
    }

    [Test]
    public async Task It_drains_and_leaves_nothing_published_unstored()
    {
        _directory.Move("c", "b1");
        var b1 = await Connection("b1");
        _consumer.Assign(Partition);
        _consumer.Write(Record(0, "c"), Record(1, "c"), Record(2, "c"));
        await Eventually.That(() => b1.Unacknowledged.Count == 1, Within, "the first publish");

        await _stopping.CancelAsync();
        Assert.That(_running.IsCompleted, Is.False);
        b1.Answers = _ => MqttReasonCode.Success;
        b1.AcknowledgeAll();
        await _running.WaitAsync(Within);
        Assert.That(_consumer.Committed[Partition], Is.EqualTo(b1.Received.Count));
        Assert.That(_consumer.Closed);
        Assert.That(b1.Disconnects, Does.Contain(MqttReasonCode.Success));
    }

    [Test]
    public async Task A_revocation_waits_for_what_is_in_flight_and_stores_it()
    {
        _directory.Move("c", "b1");
        var b1 = await Connection("b1");
        _consumer.Assign(Partition);
        _consumer.Write(Record(0, "c"), Record(1, "c"));
        await Eventually.That(() => b1.Unacknowledged.Count == 1, Within, "the first publish");
        _consumer.Revoke(Partition);
        await Eventually.That(() => _pipeline.Status().Kafka.Outstanding == 1, Within, "the second is let go of");

        b1.AcknowledgeAll();
        await Eventually.That(() => _consumer.Stored.GetValueOrDefault(Partition) == 1, Within, "the store");
        Assert.That(b1.Received, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_consumer_that_cannot_go_on_ends_the_pipeline()
    {
        _consumer.Fail("fenced");
        var failure = await Assert.ThrowsAsync<KafkaFailureException>(() => _running.WaitAsync(Within));
        Assert.That(failure!.Message, Is.EqualTo("fenced"));
    }

    [Test]
    public async Task A_producer_that_cannot_go_on_ends_the_pipeline()
    {
        _deadLetters.Fail("out of order");
        await Assert.ThrowsAsync<KafkaFailureException>(() => _running.WaitAsync(Within));
    }

    [Test]
    public async Task A_dispatcher_that_cannot_go_on_ends_the_pipeline_and_the_group_is_left()
    {
        _directory.Broken = true;
        _consumer.Assign(Partition);
        _consumer.Write(Record(0, "c"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => _running.WaitAsync(Within));
        Assert.That(_consumer.Closed);
    }

    [Test]
    public async Task A_full_window_pauses_and_goes_on_when_half_of_it_is_free()
    {
        _directory.Move("c", "b1");
        var b1 = await Connection("b1");
        _consumer.Assign(Partition);
        var written = RecordSource.LargestWindow + 1000;
        _consumer.Write([.. Enumerable.Range(0, written).Select(offset => Record(offset, $"c{offset % 100}"))]);
        await Eventually.That(() => _consumer.Paused.GetValueOrDefault(Partition), Within, "a pause");
        Assert.That(_consumer.Records, Is.LessThanOrEqualTo(RecordSource.LargestWindow + 64));

        b1.Answers = _ => MqttReasonCode.Success;
        for (var number = 0; number < 100; number++)
        {
            _directory.Move($"c{number}", "b1");
        }

        await Eventually.That(() => _consumer.Stored.GetValueOrDefault(Partition) == written, Within, "all of them");
        Assert.That(_consumer.Paused[Partition], Is.False);
    }

    [Test]
    public async Task Counters_are_metrics()
    {
        _directory.Move("c", "b1");
        (await Connection("b1")).Answers = _ => MqttReasonCode.Success;
        _consumer.Assign(Partition);
        _consumer.Write(Record(0, "c"));
        var published = 0L;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "kalinka_sub_records_published" && instrument.Meter.Scope == _meters)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => published = value);
        listener.Start();
        await Eventually.That(
            () =>
            {
                listener.RecordObservableInstruments();
                return published == 1;
            },
            Within,
            "the count"
        );
    }

    private void Start(SubOptions options)
    {
        _stopping = new CancellationTokenSource();
        _meters = new TestMeters();
        _connector = new FakeConnector();
        _directory = new FakeDirectory();
        _roster = new FakeRoster();
        _partitions = new FakePartitions();
        var walls = new SubWalls(
            handler => _consumer = new FakeConsumer(handler),
            handler => _deliveryConsumer = new FakeConsumer(handler),
            reports => _deadLetters = new FakeDeadLetterTopic(reports),
            producer => (ITopicCatalog)producer,
            _connector,
            _directory,
            _roster.FollowAsync,
            _partitions,
            (_, _) => Task.CompletedTask,
            () => default
        );
        var mapping = SubOptionsFor.Mapping(options);
        _pipeline = new SubPipeline(options, mapping, walls, NullLoggerFactory.Instance, TimeProvider.System, _meters);
        _running = _pipeline.RunAsync(_stopping.Token);
    }

    private async Task<FakeConnection> Connection(string broker)
    {
        await Eventually.That(() => _connector.Connections.ContainsKey(broker), Within, broker);
        return _connector.Connections[broker];
    }

    private static ConsumedRecord Record(long offset, string client) =>
        new(Partition, offset, 0, Encoding.UTF8.GetBytes(client), "v"u8.ToArray(), []);

    private sealed class FakeConnector : IMqttConnector
    {
        public ConcurrentDictionary<string, FakeConnection> Connections { get; } = [];

        public ConcurrentBag<MqttConnectOptions> Options { get; } = [];

        public Task<IMqttConnection> ConnectAsync(
            MqttConnectOptions options,
            IMqttConnectionHandler handler,
            CancellationToken cancellationToken
        )
        {
            Options.Add(options);
            var grant = new MqttGrant(false, 1000, 1_000_000, default, true, true, true, 1);
            var connection = new FakeConnection(options.Broker.Name, handler, grant);
            Connections[options.Broker.Name] = connection;
            return Task.FromResult<IMqttConnection>(connection);
        }
    }

    private sealed class TestMeters : IMeterFactory
    {
        private readonly List<Meter> _meters = [];

        public Meter Create(MeterOptions options)
        {
            options.Scope = this;
            var meter = new Meter(options);
            _meters.Add(meter);
            return meter;
        }

        public void Dispose() => _meters.ForEach(meter => meter.Dispose());
    }
}
