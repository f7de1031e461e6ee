using System.Diagnostics;
using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Stack;

/// <summary>A mosquitto of the test's own, on the loopback and in a directory that goes with it.</summary>
internal sealed class MosquittoBroker : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mosquitto-").FullName;
    private readonly string _configuration;
    private Process? _process;

    private MosquittoBroker(string? extraConfig, int? port)
    {
        Port = port ?? FreePort.Next();
        var listener =
            extraConfig?.Contains("listener ", StringComparison.Ordinal) == true ? "" : $"listener {Port} 127.0.0.1\n";
        _configuration = Path.Combine(_directory, "mosquitto.conf");
        File.WriteAllText(
            _configuration,
            $"""
            user root
            allow_anonymous true
            persistence_location {_directory}/
            log_dest file {LogFile}
            {listener}{extraConfig?.Replace("{port}", $"{Port}", StringComparison.Ordinal)}
            """
        );
    }

    public int Port { get; }

    /// <summary>Everything it has said since its last start.</summary>
    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    private string LogFile => Path.Combine(_directory, "mosquitto.log");

    /// <param name="extraConfig">
    /// Lines of mosquitto.conf; <c>{port}</c> stands for the port. One that has a <c>listener</c> replaces the default one.
    /// </param>
    public static async Task<MosquittoBroker> StartAsync(string? extraConfig = null, int? port = null)
    {
        var broker = new MosquittoBroker(extraConfig, port);
        await broker.LaunchAsync();
        return broker;
    }

    public BrokerOptions Options(MqttVersion version = MqttVersion.V5) =>
        new("b1", "127.0.0.1", Port, version, null, null, null);

    /// <summary>SIGTERM: it writes its persistence, if it has one, and leaves.</summary>
    public async Task StopAsync()
    {
        if (_process is { HasExited: false } running)
        {
            running.Send(Signals.Terminate);
            await running.WaitForExitAsync();
        }
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        if (_process is { HasExited: false } running)
        {
            running.Kill();
            await running.WaitForExitAsync();
        }
    }

    /// <summary>A process that is there and does nothing: a half-open link.</summary>
    public void Suspend() => _process!.Send(Signals.Stop);

    public void Resume() => _process!.Send(Signals.Continue);

    /// <summary>Stops it and starts it again on the same port, with what it has persisted.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await LaunchAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task LaunchAsync()
    {
        File.Delete(LogFile);
        _process?.Dispose();
        _process = Process.Start("/usr/sbin/mosquitto", $"-c {_configuration} -v");
        await Eventually.That(IsListening, TimeSpan.FromSeconds(10), $"mosquitto on port {Port}");
    }

    private bool IsListening()
    {
        if (_process!.HasExited)
        {
            throw new AssertionException($"mosquitto ended with {_process.ExitCode}: {Log}");
        }

        return ListeningPort.Answers(Port);
    }
}
