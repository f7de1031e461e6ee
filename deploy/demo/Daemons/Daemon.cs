namespace Kalinka.QuickStart.Daemons;

/// <summary>One of the two daemons, as a process of its own.</summary>
internal sealed class Daemon : IDisposable
{
    private readonly GuardedProcess _process;

    private Daemon(string name, string url, string logFile, GuardedProcess process)
    {
        Name = name;
        Url = url;
        LogFile = logFile;
        _process = process;
    }

    public string Name { get; }

    /// <summary>The page with its status.</summary>
    public string Url { get; }

    public string LogFile { get; }

    /// <summary>For measurements: the daemon is a descendant of this process.</summary>
    public int ProcessId => _process.Id;

    public static Daemon Start(string name, string executable, string configurationFile, string url, string logFile) =>
        new(name, url, logFile, GuardedProcess.Start(logFile, executable, "run", "--config", configurationFile));

    /// <summary>Waits until the daemon says that it does its job.</summary>
    /// <exception cref="QuickStartException">It ended, or was not ready in time.</exception>
    public async Task ReadyAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        var started = TimeProvider.System.GetTimestamp();
        while (!await IsReadyAsync(http, cancellationToken))
        {
            ThrowIfExited();
            if (TimeProvider.System.GetElapsedTime(started) > within)
            {
                throw new QuickStartException($"{Name} is not ready after {within.TotalSeconds} s, see {LogFile}");
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <exception cref="QuickStartException">The daemon has ended although nobody asked it to.</exception>
    public void ThrowIfExited()
    {
        if (_process.ExitCode is { } code)
        {
            throw new QuickStartException($"{Name} ended with exit code {code}, see {LogFile}");
        }
    }

    /// <inheritdoc cref="GuardedProcess.StopAsync"/>
    public Task<int?> StopAsync(TimeSpan within) => _process.StopAsync(within);

    public void Dispose() => _process.Dispose();

    private async Task<bool> IsReadyAsync(HttpClient http, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri($"{Url}/health/ready"), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
