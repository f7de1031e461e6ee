using System.Collections.Concurrent;
using System.Text;
using Confluent.Kafka;
using Kalinka.Common.Directory;
using Kalinka.Common.Mqtt;
using Kalinka.Common.ZooKeeper;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet;

namespace Kalinka.Tests.Integration.Sub;

/// <summary>Kafka, ZooKeeper and many brokers, with a device at each broker that hears everything, and keeps the order.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private readonly List<FleetDevice> _devices = [];
    private readonly ConcurrentDictionary<string, ZooKeeperClient> _ensembles = [];
    private readonly ConcurrentDictionary<string, List<int>> _heard = [];
    private KafkaServer _kafka = null!;
    private ZooKeeperServer _zooKeeper = null!;

    public List<MosquittoBroker> Brokers { get; } = [];

    public string BootstrapServers => _kafka.BootstrapServers;

    public static async Task<Fleet> StartAsync(int brokers)
    {
        var fleet = new Fleet();
        var kafka = KafkaServer.StartAsync(autoCreateTopics: false);
        fleet._zooKeeper = await ZooKeeperServer.StartAsync();
        for (var number = 0; number < brokers; number++)
        {
            await fleet.AddBrokerAsync();
        }

        fleet._kafka = await kafka;
        return fleet;
    }

    public async Task AddBrokerAsync()
    {
        var broker = await MosquittoBroker.StartAsync("max_queued_messages 100000");
        Brokers.Add(broker);
        _devices.Add(await FleetDevice.StartAsync(broker.Port, Hear));
    }

    public ZooKeeperOptions ZooKeeper(string chroot) => _zooKeeper.Options(chroot);

    public BrokerOptions Broker(int index) => Brokers[index].Options() with { Name = $"b{index}" };

    public Task CreateTopicAsync(string name, int partitions) => _kafka.CreateTopicAsync(name, partitions);

    /// <summary>Writes where clients are: <c>client</c> number n at broker n modulo the number of brokers given.</summary>
    public async Task PlaceAsync(string chroot, IEnumerable<(string Client, string Broker)> clients)
    {
        var options = ZooKeeper(chroot);
        var paths = new ClientPath(options.ClientsPath, options.Shards);
        foreach (var (client, broker) in clients)
        {
            Assert.That(paths.TryMap(Encoding.UTF8.GetBytes(client), out var path, out _));
            await WriteAsync(chroot, path!, broker);
        }
    }

    public async Task WriteAsync(string chroot, string path, string data)
    {
        var ensemble = Ensemble(chroot);
        await ensemble.EnsurePathAsync(path);
        await ensemble.SetDataAsync(path, Encoding.UTF8.GetBytes(data), -1);
    }

    public async Task<string> ReadAsync(string chroot, string path) =>
        Encoding.UTF8.GetString((await Ensemble(chroot).GetDataAsync(path)).Data);

    public void Produce(string kafkaTopic, IEnumerable<(string Client, int Value)> records)
    {
        using var producer = new ProducerBuilder<string, string>(
            new ProducerConfig
            {
                BootstrapServers = BootstrapServers,
                EnableIdempotence = true,
                LingerMs = 5,
            }
        ).Build();
        foreach (var (client, value) in records)
        {
            producer.Produce(kafkaTopic, new Message<string, string> { Key = client, Value = $"{value}" });
        }

        producer.Flush(SubStack.Within);
    }

    /// <summary>What a client has got, in its order, repeats included.</summary>
    public IReadOnlyList<int> HeardBy(string client)
    {
        var heard = _heard.GetOrAdd(client, _ => []);
        lock (heard)
        {
            return [.. heard];
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var device in _devices)
        {
            await device.DisposeAsync();
        }

        foreach (var broker in Brokers)
        {
            await broker.DisposeAsync();
        }

        foreach (var ensemble in _ensembles.Values)
        {
            await ensemble.CloseAsync();
        }

        await _zooKeeper.DisposeAsync();
        await _kafka.DisposeAsync();
    }

    private ZooKeeperClient Ensemble(string chroot) =>
        _ensembles.GetOrAdd(
            chroot,
            root =>
            {
                var ensemble = new ZooKeeperClient(ZooKeeper(root), TimeProvider.System, NullLogger.Instance);
                ensemble.Start();
                return ensemble;
            }
        );

    private void Hear(string mqttTopic, string payload)
    {
        var heard = _heard.GetOrAdd(mqttTopic["to/".Length..], _ => []);
        lock (heard)
        {
            heard.Add(int.Parse(payload));
        }
    }
}

/// <summary>Hears everything at one broker, and comes back when that does.</summary>
internal sealed class FleetDevice : IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly MqttClientOptions _options;
    private Task _running = Task.CompletedTask;

    private FleetDevice(int port, Action<string, string> heard)
    {
        _options = new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", port)
            .WithProtocolVersion(MQTTnet.Formatter.MqttProtocolVersion.V500)
            .WithReceiveMaximum(1000)
            .Build();
        _client.ApplicationMessageReceivedAsync += received =>
        {
            heard(received.ApplicationMessage.Topic, received.ApplicationMessage.ConvertPayloadToString() ?? "");
            return Task.CompletedTask;
        };
    }

    public static async Task<FleetDevice> StartAsync(int port, Action<string, string> heard)
    {
        var device = new FleetDevice(port, heard);
        await device.ConnectAsync();
        device._running = device.ComeBackAsync();
        return device;
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _running;
        _client.Dispose();
        _ended.Dispose();
    }

    private async Task ConnectAsync()
    {
        await _client.ConnectAsync(_options);
        await _client.SubscribeAsync("to/+", MQTTnet.Protocol.MqttQualityOfServiceLevel.AtLeastOnce);
    }

    private async Task ComeBackAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                try
                {
                    if (!_client.IsConnected)
                    {
                        await ConnectAsync();
                    }
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    // The broker is still away.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }
}
