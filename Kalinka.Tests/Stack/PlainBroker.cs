using System.Diagnostics;

namespace Kalinka.Tests.Stack;

/// <summary>A broker without shared subscriptions, on the loopback and in a directory that goes with it.</summary>
internal abstract class PlainBroker : IAsyncDisposable
{
    private Process? _process;
    private ProcessOutput? _output;

    public int Port { get; } = FreePort.Next();

    protected string Folder { get; } = Directory.CreateTempSubdirectory("kalinka-broker-").FullName;

    public virtual async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false } running)
        {
            running.Kill(entireProcessTree: true);
            await running.WaitForExitAsync();
        }

        _process?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    protected async Task LaunchAsync(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        _process = Process.Start(start) ?? throw new AssertionException($"{start.FileName} does not start");
        _output = new ProcessOutput(_process);
        await Eventually.That(IsListening, TimeSpan.FromSeconds(40), $"{GetType().Name} on port {Port}");
    }

    private bool IsListening()
    {
        if (_process!.HasExited)
        {
            throw new AssertionException($"{GetType().Name} ended with {_process.ExitCode}\n{_output!.Tail}");
        }

        return ListeningPort.Answers(Port);
    }
}
