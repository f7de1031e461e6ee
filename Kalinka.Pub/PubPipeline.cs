using System.Diagnostics.Metrics;
using Kalinka.Common.Hosting;
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
    private static readonly TimeSpan PresenceTimeout = TimeSpan.FromSeconds(5);

    private readonly PubStages _stages;
    private readonly SharedSeats? _shared;
    private readonly PubReport _report;
    private readonly PubMetrics _metrics;
    private readonly ILogger _logger;

    private PubPipeline(PubStages stages, SharedSeats? shared, PubReport report, PubMetrics metrics, ILogger logger) =>
        (_stages, _shared, _report, _metrics, _logger) = (stages, shared, report, metrics, logger);

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
        var shared = stages.ZnodeSeats is null ? null : new SharedSeats(options, stages, loggers, time);
        return new PubPipeline(
            stages,
            shared,
            report,
            new PubMetrics(meters, stages, shared),
            loggers.CreateLogger<PubPipeline>()
        );
    }

    public DaemonStatus Status() => _report.Status();

    public async Task RunAsync(CancellationToken stopping)
    {
        using var ending = new CancellationTokenSource();
        _stages.Start();
        var background = StartBackground(ending.Token);
        var seats = _stages.Seats.RunAsync(ending.Token);
        try
        {
            await FirstEndAsync([.. background, seats], stopping);
        }
        finally
        {
            await (_shared?.LeaveAsync() ?? Task.CompletedTask);
            await ending.CancelAsync();
            await DrainAsync(background, seats);
        }
    }

    private List<Task> StartBackground(CancellationToken ending)
    {
        var background = new List<Task>
        {
            _stages.Topics.EnsureAsync(ending),
            _stages.Brokers.RunAsync(_stages.FollowRosterAsync, ending),
        };
        if (_shared is { } shared)
        {
            background.AddRange(shared.Run(ending));
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
    private async Task FirstEndAsync(List<Task> parts, CancellationToken stopping)
    {
        var stopped = Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping);
        var fatal = _stages.Reports.Fatal;
        while (!stopping.IsCancellationRequested)
        {
            var ended = await Task.WhenAny([.. parts, fatal, stopped]);
            if (stopping.IsCancellationRequested)
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

    private async Task DrainAsync(List<Task> background, Task seats)
    {
        _logger.LogInformation("Draining {Count} seats", _stages.Seats.All.Count(seat => seat.Claim.Held));
        foreach (var task in background.Prepend(seats))
        {
            await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        // After a failure others may still be at it, and need what is closed next.
        await _stages.Seats.LeaveAsync();
        var presence = _stages.Presence?.DrainAsync(PresenceTimeout) ?? Task.CompletedTask;
        if (!_stages.Producer.Flush(FlushTimeout))
        {
            _logger.LogWarning(
                "{Count} records were not confirmed; the brokers send them again",
                _stages.Producer.Outstanding
            );
        }

        await presence;
        _metrics.Dispose();
        await _stages.DisposeAsync();
    }
}
