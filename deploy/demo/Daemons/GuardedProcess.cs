using System.Diagnostics;

namespace Kalinka.QuickStart.Daemons;

/// <summary>
/// A process that ends with this one: it runs under <c>guard</c>, which reads from a pipe. When this process ends, however
/// it ends, so does the pipe, and the guarded process gets SIGTERM.
/// </summary>
internal sealed class GuardedProcess : IDisposable
{
    private readonly Process _guard;
    private bool _disposed;

    private GuardedProcess(Process guard) => _guard = guard;

    /// <summary>Of the guard; the process itself is its child.</summary>
    public int Id => _guard.Id;

    /// <summary>Null while it runs.</summary>
    public int? ExitCode => _guard.HasExited ? _guard.ExitCode : null;

    public static GuardedProcess Start(string logFile, string command, params IEnumerable<string> arguments)
    {
        var guard = Path.Combine(AppContext.BaseDirectory, "Daemons", "guard");
        var start = new ProcessStartInfo("bash", [guard, logFile, command, .. arguments])
        {
            RedirectStandardInput = true,
        };
        return new GuardedProcess(Process.Start(start)!);
    }

    /// <summary>SIGTERM; returns the exit code, or null when the process is still there at the end of the time.</summary>
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

    /// <summary>SIGKILL, if it is still there.</summary>
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
}
