using Kalinka.QuickStart.Daemons;

namespace Kalinka.Bench.Servers;

/// <summary>A mosquitto on loopback whose limits are not what is measured.</summary>
internal sealed class Mosquitto : IAsyncDisposable
{
    private readonly GuardedProcess _process;

    private Mosquitto(IReadOnlyList<int> ports, GuardedProcess process)
    {
        Ports = ports;
        _process = process;
    }

    public int Port => Ports[0];

    public IReadOnlyList<int> Ports { get; }

    /// <param name="listeners">Ports that it listens on: as many brokers, to whoever does not know.</param>
    public static async Task<Mosquitto> StartAsync(string folder, int listeners = 1)
    {
        var ports = Enumerable.Range(0, listeners).Select(_ => QuickStart.Daemons.Loopback.FreePort()).ToList();
        var port = ports[0];
        var configuration = Path.Combine(folder, $"mosquitto-{port}.conf");
        await File.WriteAllTextAsync(
            configuration,
            $"""
            {string.Join('\n', ports.Select(each => $"listener {each} 127.0.0.1"))}
            allow_anonymous true
            max_queued_messages 0
            max_inflight_messages 0
            set_tcp_nodelay true
            log_type warning

            """
        );
        var log = Path.Combine(folder, $"mosquitto-{port}.log");
        var mosquitto = new Mosquitto(ports, GuardedProcess.Start(log, "mosquitto", "-c", configuration));
        await ListeningPort.WaitAsync(port, mosquitto._process, log);
        return mosquitto;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.StopAsync(TimeSpan.FromSeconds(10));
        _process.Dispose();
    }
}
