using System.Text;
using Kalinka.Common.Brokers;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Records;
using Kalinka.Sub;
using Kalinka.Sub.Deliveries;
using Kalinka.Sub.Publishing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>
/// All stages but the thread that consumes, on one thread: the test feeds records, plays the brokers and the ensemble,
/// and gives the dispatcher its turns.
/// </summary>
internal sealed class SubBench : IDisposable
{
    private readonly CancellationTokenSource _stopped = new();
    private readonly Dictionary<string, SessionLink> _links = [];
    private readonly Dictionary<TopicPartition, long> _nextOffsets = [];
    private readonly DeadLetterWriter _writer;

    public SubBench(Func<SubOptions, SubOptions>? change = null, ILoggerFactory? loggers = null)
    {
        loggers ??= NullLoggerFactory.Instance;
        var options = (change ?? (same => same))(SubOptionsFor.Tests);
        Stages = new Stages(
            options,
            SubOptionsFor.Mapping(options),
            Directory,
            Store,
            _ => { },
            loggers,
            Time,
            _stopped.Token
        );
        DeadLetterTopic = new FakeDeadLetterTopic(Stages.Reports);
        Stages.Relay.WriteTo(DeadLetterTopic, DeadLetterTopic);
        _writer = new DeadLetterWriter(
            DeadLetterTopic,
            DeadLetterTopic,
            options.DeadLetterTopic,
            "kalinka-sub",
            Time,
            NullLogger<DeadLetterWriter>.Instance
        );
        Stages.DeadLetters.WriteTo(_writer);
        foreach (var (session, broker) in Stages.Configured.Zip(options.Mqtt.Brokers))
        {
            _links[session.Name] = new SessionLink(
                session,
                new MqttConnectOptions(broker, "id", true, default, 1, default, default),
                null!,
                Stages.Pool,
                Stages.Inbox,
                Time,
                NullLogger<SessionLink>.Instance
            );
        }
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public FakeDirectory Directory { get; } = new();

    public FakeDeadLetterTopic DeadLetterTopic { get; }

    public Stages Stages { get; }

    /// <summary>Offsets as they were stored last.</summary>
    public Dictionary<TopicPartition, long> Stored { get; } = [];

    public IReadOnlyDictionary<string, long> Counters => Stages.Counters.Snapshot();

    public List<RelayedRecord> Relayed => DeadLetterTopic.Relayed;

    public List<DeadLetter> DeadLetters => DeadLetterTopic.Letters;

    /// <summary>Called whenever an offset is stored.</summary>
    public Action<TopicPartition, long> OnStored { get; set; } = (_, _) => { };

    public FakeConnection Connect(
        string broker,
        ushort receiveMaximum = 100,
        Func<MqttGrant, MqttGrant>? grant = null,
        MqttReasonCode? probe = MqttReasonCode.NoMatchingSubscribers,
        MqttReasonCode? answer = null
    )
    {
        var granted = new MqttGrant(false, receiveMaximum, 1_000_000, default, true, true, true, 1);
        var connection = new FakeConnection(broker, _links[broker], grant?.Invoke(granted) ?? granted)
        {
            ProbeAnswer = probe,
            Answers = _ => answer,
        };
        var session = Session(broker);
        Stages.Inbox.Post(() => session.OnConnected(connection));
        connection.Closed.ContinueWith(
            close => Stages.Inbox.Post(() => session.OnClosed(close.Result)),
            TaskContinuationOptions.ExecuteSynchronously
        );
        Turn();
        return connection;
    }

    public BrokerSession Session(string broker) => Stages.Configured.Single(session => session.Name == broker);

    public PartitionAssignment Assign(string kafkaTopic = "in", int partition = 0)
    {
        var assignment = new PartitionAssignment(new TopicPartition(kafkaTopic, partition), Stages.Application);
        Stages.Inbox.Post(() => Stages.Assignments.Add([assignment]));
        return assignment;
    }

    /// <summary>A partition of the delivery topic.</summary>
    public PartitionAssignment AssignDelivery(int partition)
    {
        var assignment = new PartitionAssignment(new TopicPartition("kalinka.delivery", partition), Stages.Delivery);
        Stages.Inbox.Post(() => Stages.Assignments.Add([assignment]));
        return assignment;
    }

    /// <summary>A record of the delivery topic, as another instance has written it.</summary>
    public long FeedRelayed(PartitionAssignment assignment, string client, string value, string origin, int hop = 1) =>
        Feed(assignment, client, value, null, ("kalinka-origin", origin), ("kalinka-delivery-hops", $"{hop}"));

    /// <summary>The delivery topic has so many partitions, and the brokers b1, b2, ... have the first of them.</summary>
    public void Partition(int partitions)
    {
        DeadLetterTopic.DeliveryPartitions = partitions;
        foreach (var (number, session) in Stages.Configured.Index())
        {
            Tell(session.Name, partition: number % partitions);
        }
    }

    /// <summary>What the roster says of a configured broker.</summary>
    public void Tell(string broker, int? partition, bool held = false)
    {
        var options = SubOptionsFor.Tests.Mqtt.Brokers.Single(configured => configured.Name == broker);
        var entry = new RosterEntry(options, RosterState.InService, false, partition) { Held = held };
        Stages.Inbox.Post(() => Stages.Take(new RosterChange(RosterChangeKind.Changed, entry)));
        Turn();
    }

    /// <summary>The roster has a name that is no broker's and has a partition.</summary>
    public void TellUnknown(string name, int partition) => Tell(name, RosterState.Unknown, partition);

    /// <summary>The roster has a broker in some state.</summary>
    public void Tell(string name, RosterState state, int partition)
    {
        var broker = new BrokerOptions(name, "", 0, MqttVersion.V5, null, null, null);
        var entry = new RosterEntry(broker, state, state != RosterState.Unknown, partition);
        Stages.Inbox.Post(() => Stages.Take(new RosterChange(RosterChangeKind.Added, entry)));
        Turn();
    }

    /// <summary>Kafka says how much waits in each partition of the delivery topic.</summary>
    public void Answer(params long[] lag)
    {
        Stages.Inbox.Post(Stages.Backlog.OnAsking);
        Stages.Inbox.Post(() => Stages.Backlog.OnAnswered(lag, Time.GetUtcNow()));
        Turn();
    }

    /// <summary>A record as it comes from Kafka; returns its offset.</summary>
    public long Feed(
        PartitionAssignment assignment,
        string client,
        string value = "v",
        TimeSpan? age = null,
        params (string Name, string Value)[] headers
    )
    {
        var offset = _nextOffsets.GetValueOrDefault(assignment.Partition);
        _nextOffsets[assignment.Partition] = offset + 1;
        var record = new ConsumedRecord(
            assignment.Partition,
            offset,
            (Time.GetUtcNow() - (age ?? TimeSpan.Zero)).ToUnixTimeMilliseconds(),
            Encoding.UTF8.GetBytes(client),
            Encoding.UTF8.GetBytes(value),
            headers.Select(header => KeyValuePair.Create(header.Name, (byte[]?)Encoding.UTF8.GetBytes(header.Value)))
        );
        Feed(assignment, record);
        return offset;
    }

    public void Feed(PartitionAssignment assignment, in ConsumedRecord record)
    {
        var delivery = Stages.Pool.Rent();
        delivery.Begin(assignment, record);
        DeliveryPool.Charge(delivery);
        if (assignment.Source.IsDelivery)
        {
            Stages.Unwrap(delivery);
        }
        else
        {
            Stages.Map(delivery);
        }

        Stages.Inbox.Post(Stages.Dispatcher.Arrive, delivery);
    }

    /// <summary>Turns until nobody has anything to say.</summary>
    public void Turn()
    {
        do
        {
            Stages.Dispatcher.Turn();
        } while (Stages.Inbox.HasNotes);
    }

    /// <summary>Lets time pass, tick by tick.</summary>
    public void Pass(TimeSpan time)
    {
        Turn();
        for (var passed = TimeSpan.Zero; passed < time; passed += Dispatcher.TickEvery)
        {
            Time.Advance(Dispatcher.TickEvery);
            Turn();
        }
    }

    public long StoredOf(PartitionAssignment assignment) => Stored.GetValueOrDefault(assignment.Partition, -1);

    public Task Return(PartitionAssignment assignment, TimeSpan limit)
    {
        var done = new TaskCompletionSource();
        Stages.Inbox.Post(() => Stages.Assignments.Return([assignment], limit, done));
        Turn();
        return done.Task;
    }

    public void Lose(PartitionAssignment assignment)
    {
        Stages.Inbox.Post(() => Stages.Assignments.Lose([assignment], new TaskCompletionSource()));
        Turn();
    }

    /// <summary>The partition's next records begin at this offset.</summary>
    public void Rewind(PartitionAssignment assignment, long offset) => _nextOffsets[assignment.Partition] = offset;

    public void Dispose()
    {
        _stopped.Cancel();
        _stopped.Dispose();
        _writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private bool Store(TopicPartition partition, long nextOffset)
    {
        Stored[partition] = nextOffset;
        OnStored(partition, nextOffset);
        return true;
    }
}
