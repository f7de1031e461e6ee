using System.Diagnostics;

namespace Kalinka.QuickStart.Daemons;

/// <summary>One of the two daemons, as a process of its own.</summary>
/// <remarks>
/// It runs under <c>guard</c>, which holds the other end of a pipe: when this process ends, however it ends, the daemon
/// gets SIGTERM.
/// </remarks>
internal sealed class Daemon : IDisposable
{
    private readonly Process _guard;
    private bool _disposed;

    private Daemon(string name, string url, string logFile, Process guard)
    {
        Name = name;
        Url = url;
        LogFile = logFile;
        _guard = guard;
    }

    public string Name { get; }

    /// <summary>The page with its status.</summary>
    public string Url { get; }

    public string LogFile { get; }

    public static Daemon Start(string name, string executable, string configurationFile, string url, string logFile)
    {
        var start = new ProcessStartInfo("bash")
        {
            RedirectStandardInput = true,
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "Daemons", "guard"),
                logFile,
                executable,
                "run",
                "--config",
                configurationFile,
            },
        };
        return new Daemon(name, url, logFile, Process.Start(start)!);
    }

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
        if (_guard.HasExited)
        {
            throw new QuickStartException($"{Name} ended with exit code {_guard.ExitCode}, see {LogFile}");
        }
    }

    /// <summary>SIGTERM; returns the exit code, or null when the daemon was still draining at the end of the time.</summary>
    public async Task<int?> StopAsync(TimeSpan within)
    {
        _guard.StandardInput.Close();
        using var patience = new CancellationTokenSource(within);
        try
        {
            await _guard.WaitForExitAsync(patience.Token);
            return _guard.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _guard.Kill(entireProcessTree: true);
        _guard.Dispose();
    }

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
