using Kalinka.QuickStart.Daemons;

namespace Kalinka.Bench.Servers;

/// <summary>A mosquitto on loopback whose limits are not what is measured.</summary>
internal sealed class Mosquitto : IAsyncDisposable
{
    private readonly GuardedProcess _process;

    private Mosquitto(int port, GuardedProcess process)
    {
        Port = port;
        _process = process;
    }

    public int Port { get; }

    public static async Task<Mosquitto> StartAsync(string folder)
    {
        var port = QuickStart.Daemons.Loopback.FreePort();
        var configuration = Path.Combine(folder, $"mosquitto-{port}.conf");
        await File.WriteAllTextAsync(
            configuration,
            $"""
            listener {port} 127.0.0.1
            allow_anonymous true
            max_queued_messages 0
            max_inflight_messages 0
            set_tcp_nodelay true
            log_type warning

            """
        );
        var log = Path.Combine(folder, $"mosquitto-{port}.log");
        var mosquitto = new Mosquitto(port, GuardedProcess.Start(log, "mosquitto", "-c", configuration));
        await ListeningPort.WaitAsync(port, mosquitto._process, log);
        return mosquitto;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.StopAsync(TimeSpan.FromSeconds(10));
        _process.Dispose();
    }
}
