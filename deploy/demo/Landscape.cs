using System.Net;
using Kalinka.QuickStart.Brokers;
using Kalinka.QuickStart.Daemons;
using Kalinka.QuickStart.Kafka;
using Kalinka.QuickStart.ZooKeeper;

namespace Kalinka.QuickStart;

/// <summary>The servers, within this process, and the two daemons, as processes of their own. All on loopback.</summary>
internal sealed class Landscape : IAsyncDisposable
{
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(30);
    private static readonly string[] KafkaTopics =
    [
        "mqtt.mqtt",
        BackEndSystem.Reports,
        BackEndSystem.Answers,
        "kalinka.delivery",
        "kalinka.dead-letter",
    ];

    private readonly MemoryZooKeeper _zooKeeper = MemoryZooKeeper.Start(IPAddress.Loopback, 0);
    private readonly MockKafka _kafka = MockKafka.Start(KafkaTopics);
    private readonly List<EmbeddedBroker> _brokers = [];
    private readonly List<Daemon> _daemons = [];

    public IReadOnlyList<EmbeddedBroker> Brokers => _brokers;

    public IReadOnlyList<Daemon> Daemons => _daemons;

    public string BootstrapServers => _kafka.BootstrapServers;

    public async Task StartServersAsync()
    {
        _brokers.Add(await EmbeddedBroker.StartAsync("b1"));
        _brokers.Add(await EmbeddedBroker.StartAsync("b2"));
    }

    public async Task StartDaemonsAsync(QuickStartOptions options, CancellationToken cancellationToken)
    {
        StartDaemon("pub", options.Pub, options.Folder);
        StartDaemon("sub", options.Sub, options.Folder);
        await Task.WhenAll(_daemons.Select(daemon => daemon.ReadyAsync(ReadyTimeout, cancellationToken)));
    }

    /// <exception cref="QuickStartException">A daemon has ended although nobody asked it to.</exception>
    public void ThrowIfDaemonExited() => _daemons.ForEach(daemon => daemon.ThrowIfExited());

    public async Task<DaemonExit[]> StopDaemonsAsync() =>
        await Task.WhenAll(
            _daemons.Select(async daemon => new DaemonExit(daemon.Name, await daemon.StopAsync(DrainTimeout)))
        );

    public async ValueTask DisposeAsync()
    {
        _daemons.ForEach(daemon => daemon.Dispose());
        foreach (var broker in _brokers)
        {
            await broker.DisposeAsync();
        }

        _kafka.Dispose();
        await _zooKeeper.DisposeAsync();
    }

    private void StartDaemon(string name, string executable, string folder)
    {
        var http = Loopback.FreePort();
        var addresses = new Dictionary<string, object>
        {
            ["kafka"] = _kafka.BootstrapServers,
            ["zookeeper"] = _zooKeeper.Port,
            ["http"] = http,
        };
        _brokers.ForEach(broker => addresses.Add(broker.Name, broker.Port));
        var configuration = ConfigurationTemplate.Write(name, addresses, folder);
        var log = Path.Combine(folder, $"{name}.log");
        _daemons.Add(Daemon.Start($"kalinka-{name}", executable, configuration, $"http://127.0.0.1:{http}", log));
    }
}
