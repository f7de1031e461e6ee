using System.Diagnostics.Metrics;
using Kalinka.Common.Hosting;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Records;
using Kalinka.Sub.Consuming;
using Kalinka.Sub.Mapping;
using Kalinka.Sub.Publishing;
using Microsoft.Extensions.Logging;

namespace Kalinka.Sub;

/// <summary>
/// Kafka to MQTT: consumes, maps, finds each client's broker, and publishes there. Every instance connects to every
/// broker that is configured (mode <c>Direct</c>).
/// </summary>
public sealed class SubPipeline : IPipeline
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FlushWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan TopicAgain = TimeSpan.FromSeconds(5);

    private readonly SubOptions _options;
    private readonly SubMapping _mapping;
    private readonly SubWalls _walls;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly Stages _stages;
    private readonly ConsumeLoop _consuming;
    private readonly IRecordConsumer _consumer;
    private readonly IRecordProducer _producer;
    private readonly ITopicCatalog _catalog;
    private readonly SubStatus _status;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

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
        _stages = new Stages(options, mapping, walls.Directory, Store, Fail, loggers, time, _closing.Token);
        _stages.Register(meters.Create("Kalinka"));
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
        _status = new SubStatus(options, _stages, _consuming, _catalog, walls.Directory);
    }

    public DaemonStatus Status() => _status.Snapshot();

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        var deadLetters = NewDeadLetterWriter();
        var dispatching = Start(() => _stages.Dispatcher.Run(_time));
        var links = Task.WhenAll(_stages.Configured.Select(LinkAsync));
        var topic = CreateTopicAsync(_closing.Token);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var consuming = Start(() => _consuming.Run(_consumer, _mapping.Subscriptions, ending.Token));
        try
        {
            await await Task.WhenAny(consuming, _stages.Dispatcher.Ended, _failed.Task);
            await consuming;
        }
        finally
        {
            await ending.CancelAsync();
            await Ignore(consuming);
            await _closing.CancelAsync();
            await Task.WhenAll(Ignore(links), Ignore(topic));
            _stages.Dispatcher.Stop();
            await dispatching;
            _producer.Flush(FlushWithin);
            await deadLetters.DisposeAsync();
            Dispose();
        }
    }
}
