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
/// Kafka to MQTT: consumes, maps, finds each client's broker, and publishes there. Every instance connects to every
/// broker that is configured or announced (mode <c>Direct</c>).
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
            _stages.Assignments,
            _stages.Pool,
            _stages.Inbox,
            _stages.Map,
            _stages.Dispatcher.Arrive,
            _stages.Dispatcher.Ended,
            loggers.CreateLogger<ConsumeLoop>()
        );
        _consumer = walls.Consumer(_consuming);
        _producer = walls.Producer(_stages.DeadLetters);
        _catalog = walls.Catalog(_producer);
        _status = new SubStatus(options, _stages, _links, _consuming, _catalog, walls.Directory, mapping);
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
        var links = _links.RunAsync(_walls.FollowRoster, _closing.Token);
        var topic = LookAtTopicsAsync(_closing.Token);
        var showing = _walls.ShowInstance(Report, _closing.Token);
        var beside = FailuresOf(topic, showing);
        var consuming = Start(() => _consuming.Run(_consumer, _mapping.Subscriptions, ending.Token));
        try
        {
            // What failed goes before what ended because of it, whichever was told first.
            Task[] parts = [_stages.Dispatcher.Ended, _failed.Task, links, beside, consuming];
            await Task.WhenAny(parts);
            await parts.First(part => part.IsCompleted);
        }
        finally
        {
            // Consuming ends first: while it drains, the others carry what is in flight to its end.
            await ending.CancelAsync();
            await Ended(consuming);
            await _closing.CancelAsync();
            await Ended(Task.WhenAll(links, topic, showing, beside));
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

    private bool Store(TopicPartition partition, long nextOffset) => _consumer.Store(partition, nextOffset);

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
            $"{_options.Mqtt.ClientId}-{_options.Instance}-{broker.Name}",
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
            _loggers.CreateLogger<SessionLink>()
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
