using System.Diagnostics.Metrics;
using Kalinka.Common.Hosting;
using Kalinka.Common.Instances;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Records;
using Kalinka.Common.Resilience;
using Kalinka.Sub.Consuming;
using Kalinka.Sub.Mapping;
using Kalinka.Sub.Publishing;
using Microsoft.Extensions.Logging;

namespace Kalinka.Sub;

/// <summary>
/// Kafka to MQTT: consumes, maps, finds each client's broker, and publishes there (mode <c>Direct</c>: every instance to
/// every broker) or hands over to the instance that does (mode <c>Partitioned</c>).
/// </summary>
public sealed class SubPipeline : IPipeline, IAsyncDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FlushWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan TopicAgain = TimeSpan.FromSeconds(5);

    private readonly SubOptions _options;
    private readonly SubMapping _mapping;
    private readonly SubWalls _walls;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Stages _stages;
    private readonly BrokerLinks _links;
    private readonly DeliveryGroup _deliveries;
    private readonly ConsumeLoop _consuming;
    private readonly IRecordConsumer _consumer;
    private readonly IRecordProducer _producer;
    private readonly ITopicCatalog _catalog;
    private readonly SubStatus _status;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int _disposed;

    internal SubPipeline(
        SubOptions options,
        SubMapping mapping,
        SubWalls walls,
        ILoggerFactory loggers,
        TimeProvider time,
        IMeterFactory meters
    )
    {
        (_options, _mapping, _walls, _loggers, _time) = (options, mapping, walls, loggers, time);
        _logger = loggers.CreateLogger<SubPipeline>();
        _stages = new Stages(options, mapping, walls.Directory, Store, Fail, loggers, time, _closing.Token);
        _links = new BrokerLinks(options, _stages, NewLink, time);
        var meter = meters.Create(new MeterOptions("Kalinka"));
        _stages.Register(meter);
        _links.Register(meter);
        meter.CreateObservableGauge("kalinka_sub_directory_entries", () => walls.Directory.Count);
        meter.CreateObservableGauge("kalinka_sub_directory_trusted", () => walls.Directory.Trusted ? 1 : 0);
        _consuming = new ConsumeLoop(
            _stages.Application,
            _stages.Assignments,
            _stages.Pool,
            _stages.Inbox,
            _stages.Map,
            _stages.Dispatcher.Arrive,
            _stages.Dispatcher.Ended,
            new AssignmentNotes(() => _stages.Inbox.Post(_stages.Backlog.Doubt)),
            loggers.CreateLogger<ConsumeLoop>()
        );
        _consumer = walls.Consumer(_consuming);
        _producer = walls.Producer(_stages.Reports);
        _catalog = walls.Catalog(_producer);
        _stages.Relay.WriteTo(_producer, _catalog);
        _deliveries = new DeliveryGroup(options, walls, _stages, _links, _catalog, loggers, time);
        _status = new SubStatus(options, _stages, _links, _consuming, _deliveries, _catalog, walls.Directory, mapping);
    }

    /// <summary>A pipeline between the systems that the configuration names; connections are made in the background.</summary>
    /// <exception cref="KafkaFailureException">The Kafka properties make no client.</exception>
    public static SubPipeline Create(
        SubOptions options,
        SubMapping mapping,
        ILoggerFactory loggers,
        TimeProvider time,
        IMeterFactory meters
    ) => new(options, mapping, SubWalls.Of(options, loggers, time), loggers, time, meters);

    public DaemonStatus Status() => _status.Snapshot();

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var deadLetters = NewDeadLetterWriter();
        var dispatching = Start(() => _stages.Dispatcher.Run(_time));
        var links = _links.RunAsync(
            (tell, until) => _deliveries.FollowAsync(_walls.FollowRoster, tell, until),
            _closing.Token
        );
        var keeping = _deliveries.KeepTopicAsync(_closing.Token);
        var watching = _deliveries.WatchBacklogAsync(_closing.Token);
        var owners = _deliveries.FollowOwnersAsync(_closing.Token);
        var seeing = _deliveries.SeeNewPartitionsAsync(_closing.Token);
        var delivering = _deliveries.ConsumeAsync(ending.Token);
        var topic = LookAtTopicsAsync(_closing.Token);
        var showing = _walls.ShowInstance(Report, _closing.Token);
        var beside = FailuresOf(topic, showing, watching, owners, seeing);
        var consuming = Start(() => _consuming.Run(_consumer, _mapping.Subscriptions, ending.Token));
        try
        {
            // What failed goes before what ended because of it, whichever was told first.
            Task[] parts = [_stages.Dispatcher.Ended, _failed.Task, links, keeping, beside, consuming, delivering];
            await Task.WhenAny(parts);
            await parts.First(part => part.IsCompleted);
        }
        finally
        {
            // Consuming ends first: while it drains, the others carry what is in flight to its end.
            await ending.CancelAsync();
            await Ended(Task.WhenAll(consuming, delivering));
            await _closing.CancelAsync();
            await Ended(Task.WhenAll(links, topic, keeping, watching, owners, seeing, showing, beside));
            _stages.Dispatcher.Stop();
            await Ended(dispatching);
            await deadLetters.DisposeAsync();
            await DisposeAsync();
        }
    }

    /// <summary>Lets go of the foreign systems; a run does so at its end.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        _producer.Flush(FlushWithin);
        _consumer.Dispose();
        _deliveries.Dispose();
        (_catalog as IDisposable)?.Dispose();
        _producer.Dispose();
        await _walls.CloseDirectory();
        _closing.Dispose();
    }

    private static Task Start(Action run) =>
        Task.Factory.StartNew(run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    // They may end well, and nothing follows from that.
    private Task FailuresOf(params ReadOnlySpan<Task> parts)
    {
        var running = new RunningTasks();
        foreach (var part in parts)
        {
            running.Add(part);
        }

        return running.RunAsync(_closing.Token);
    }

    private static Task Ended(Task task) => task.ContinueWith(_ => { }, TaskScheduler.Default);

    private InstanceReport Report() => InstanceReport.Of(Status(), _options.ConfigurationHash);

    private bool Store(TopicPartition partition, long nextOffset) =>
        partition.KafkaTopic == _options.Delivery.KafkaTopic
            ? _deliveries.Store(partition, nextOffset)
            : _consumer.Store(partition, nextOffset);

    private void Fail(string reason) => _failed.TrySetException(new KafkaFailureException(reason));

    private DeadLetterWriter NewDeadLetterWriter()
    {
        var writer = new DeadLetterWriter(
            _producer,
            _catalog,
            _options.DeadLetterTopic,
            "kalinka-sub",
            _time,
            _loggers.CreateLogger<DeadLetterWriter>()
        );
        _stages.DeadLetters.WriteTo(writer);
        return writer;
    }

    private SessionLink NewLink(BrokerSession session, BrokerOptions broker)
    {
        var options = new MqttConnectOptions(
            broker,
            _options.Delivery.IsPartitioned
                ? $"{_options.Mqtt.ClientId}-{broker.Name}"
                : $"{_options.Mqtt.ClientId}-{_options.Instance}-{broker.Name}",
            CleanStart: true,
            SessionExpiry: TimeSpan.Zero,
            _options.Mqtt.ReceiveMaximum,
            _options.Mqtt.KeepAlive,
            ConnectTimeout
        );
        return new SessionLink(
            session,
            options,
            _walls.Connector,
            _stages.Pool,
            _stages.Inbox,
            _time,
            _loggers.CreateLogger<SessionLink>(),
            _options.Delivery.IsPartitioned ? until => _deliveries.MayConnectAsync(broker.Name, until) : null
        );
    }

    // Nothing waits for it: a dead letter is held until its topic is there.
    private async Task LookAtTopicsAsync(CancellationToken stopping)
    {
        await _catalog.Loaded.WaitAsync(stopping);
        if (!_catalog.HasAny(_mapping.Reads))
        {
            _logger.LogWarning("No topic that a rule reads exists yet: {Subscriptions}", _mapping.Subscriptions);
        }

        while (true)
        {
            var errors = await _catalog.CreateMissingAsync([_options.DeadLetterTopic], stopping);
            if (errors.Count == 0)
            {
                return;
            }

            _logger.LogError("No topic for dead letters: {Error}", errors[0]);
            await Task.Delay(TopicAgain, _time, stopping);
        }
    }
}
