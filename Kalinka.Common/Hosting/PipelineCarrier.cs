using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Hosting;

/// <summary>
/// Starts the pipeline when everything else has started, and drains it before anything else stops: while it drains,
/// health and metrics still answer and the watchdog is still fed.
/// </summary>
internal sealed class PipelineCarrier(
    PipelineFactory create,
    ILoggerFactory loggers,
    TimeProvider time,
    IMeterFactory meters,
    IHostApplicationLifetime lifetime
) : IHostedLifecycleService, IDisposable
{
    private readonly ILogger _logger = loggers.CreateLogger("Kalinka.Host");
    private readonly CancellationTokenSource _stopping = new();

    // The thread that starts and stops the host.
    private Task _run = Task.CompletedTask;

    // Any thread.
    private volatile IPipeline? _pipeline;
    private volatile bool _ended;
    private volatile bool _failed;

    /// <summary>The pipeline has been asked for.</summary>
    public bool Started { get; private set; }

    /// <summary>The process has to end with a non-zero exit code.</summary>
    public bool Failed => _failed;

    /// <summary>The pipeline is running; a drain counts.</summary>
    public bool Alive => _pipeline is not null && !_ended;

    public bool Draining => _stopping.IsCancellationRequested;

    /// <summary>Null before the pipeline exists.</summary>
    public DaemonStatus? Status() => _pipeline?.Status();

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        Started = true;
        var pipeline = create(loggers, time, meters);
        _pipeline = pipeline;
        _run = Task.Run(() => CarryAsync(pipeline), CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        try
        {
            await _run.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException exception)
        {
            Fail($"the drain was not over within {DaemonHost.DrainTimeout.TotalSeconds:0} s", exception);
        }
    }

    /// <summary>One line that says why the daemon ends; where in the code is told at Debug only.</summary>
    public void Fail(string reason, Exception exception)
    {
        _failed = true;
        _logger.LogError("Cannot go on: {Reason}", reason);
        _logger.LogDebug(exception, "Where it happened");
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _stopping.Dispose();

    private async Task CarryAsync(IPipeline pipeline)
    {
        try
        {
            await pipeline.RunAsync(_stopping.Token);
            if (!Draining)
            {
                Fail("the pipeline ended without being asked to", new InvalidOperationException());
            }
        }
        catch (OperationCanceledException) when (Draining)
        {
            // Another way to say that it has stopped.
        }
        catch (Exception exception)
        {
            Fail(exception.Message, exception);
        }
        finally
        {
            _ended = true;
            lifetime.StopApplication();
        }
    }
}
