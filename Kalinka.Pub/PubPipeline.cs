using System.Diagnostics.Metrics;
using Kalinka.Common.Hosting;
using Kalinka.Common.Instances;
using Kalinka.Common.Kafka;
using Kalinka.Pub.Mapping;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub;

/// <summary>
/// MQTT to Kafka: PUBLISH, mapping, record, delivery report, PUBACK. Puts the stages together, starts them in the
/// order in which they need each other, and drains them in the opposite one.
/// </summary>
public sealed class PubPipeline : IPipeline
{
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(5);

    private readonly PubStages _stages;
    private readonly InstanceZnode? _instance;
    private readonly PubReport _report;
    private readonly PubMetrics _metrics;
    private readonly ILogger _logger;

    private PubPipeline(
        PubStages stages,
        InstanceZnode? instance,
        PubReport report,
        PubMetrics metrics,
        ILogger logger
    ) => (_stages, _instance, _report, _metrics, _logger) = (stages, instance, report, metrics, logger);

    /// <summary>Nothing is connected before <see cref="RunAsync"/>.</summary>
    public static PubPipeline Create(
        PubOptions options,
        PubMapping mapping,
        ILoggerFactory loggers,
        TimeProvider time,
        IMeterFactory meters
    )
    {
        var stages = new PubStages(options, mapping, loggers, time);
        var report = new PubReport(options, stages);
        return new PubPipeline(
            stages,
            Instance(options, stages, report, loggers, time),
            report,
            new PubMetrics(meters, stages),
            loggers.CreateLogger<PubPipeline>()
        );
    }

    public DaemonStatus Status() => _report.Status();

    public async Task RunAsync(CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var background = StartBackground(ending.Token);
        var seats = _stages.Seats.Select(seat => seat.RunAsync(ending.Token)).ToList();
        try
        {
            await FirstEndAsync([.. background, .. seats], ending.Token);
        }
        finally
        {
            await ending.CancelAsync();
            await DrainAsync(background, seats);
        }
    }

    private static InstanceZnode? Instance(
        PubOptions options,
        PubStages stages,
        PubReport report,
        ILoggerFactory loggers,
        TimeProvider time
    ) =>
        stages.ZnodeSeats is { } seats
            ? new InstanceZnode(
                seats.Client,
                "kalinka-pub",
                options.Instance,
                options.ZooKeeper!.SessionTimeout,
                () => InstanceReport.Of(report.Status(), options.ConfigurationHash),
                time,
                loggers.CreateLogger<InstanceZnode>()
            )
            : null;

    private List<Task> StartBackground(CancellationToken ending)
    {
        var background = new List<Task> { _stages.Topics.EnsureAsync(ending) };
        if (_stages.ZnodeSeats is { } znodes)
        {
            background.Add(znodes.RunAsync(ending));
        }

        if (_instance is { } instance)
        {
            background.Add(instance.RunAsync(ending));
        }

        if (_stages.Directory is { } directory)
        {
            directory.Start();
        }

        if (_stages.Presence is { } presence)
        {
            background.Add(presence.RunAsync(ending));
        }

        if (_stages.Upkeep is { } upkeep)
        {
            background.Add(upkeep.RunAsync(ending));
        }

        return background;
    }

    // Runs until cancelled; whatever fails first fails the pipeline.
    private async Task FirstEndAsync(List<Task> parts, CancellationToken ending)
    {
        var stopped = Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ending);
        var fatal = _stages.Reports.Fatal;
        while (!ending.IsCancellationRequested)
        {
            var ended = await Task.WhenAny([.. parts, fatal, stopped]);
            if (ending.IsCancellationRequested)
            {
                return;
            }

            if (ended == fatal)
            {
                throw new KafkaFailureException($"Kafka: {await fatal}");
            }

            await ended;
            parts.Remove(ended);
        }
    }

    private async Task DrainAsync(List<Task> background, List<Task> seats)
    {
        _logger.LogInformation("Draining {Count} seats", seats.Count);
        foreach (var task in seats.Concat(background))
        {
            await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!_stages.Producer.Flush(FlushTimeout))
        {
            _logger.LogWarning(
                "{Count} records were not confirmed; the brokers send them again",
                _stages.Producer.Outstanding
            );
        }

        _metrics.Dispose();
        await _stages.DisposeAsync();
    }
}
