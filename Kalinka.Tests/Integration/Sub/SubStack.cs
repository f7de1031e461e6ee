using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using Confluent.Kafka;
using Kalinka.Common.Directory;
using Kalinka.Common.ZooKeeper;
using Kalinka.Sub;
using Kalinka.Tests.Stack;
using Kalinka.Tests.Sub.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet;

namespace Kalinka.Tests.Integration.Sub;

/// <summary>Kafka, ZooKeeper and two brokers of the test's own, with a device at each broker that hears everything.</summary>
internal sealed class SubStack : IAsyncDisposable
{
    public static readonly TimeSpan Within = TimeSpan.FromSeconds(60);

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly List<IMqttClient> _devices = [];
    private KafkaServer _kafka = null!;
    private ZooKeeperServer _zooKeeper = null!;
    private ZooKeeperClient _ensemble = null!;
    private ZnodeDirectory _directory = null!;

    public MosquittoBroker[] Brokers { get; } = new MosquittoBroker[2];

    public string BootstrapServers => _kafka.BootstrapServers;

    /// <summary>How often each message came, by broker and payload.</summary>
    public ConcurrentDictionary<(string Broker, string Payload), int> Heard { get; } = [];

    public static async Task<SubStack> StartAsync(int partitions)
    {
        var stack = new SubStack();
        stack._kafka = await KafkaServer.StartAsync(autoCreateTopics: false);
        stack._zooKeeper = await ZooKeeperServer.StartAsync();
        await stack._kafka.CreateTopicAsync("in", partitions);
        if (!KafkaServer.IsReal)
        {
            // Sub makes it where there is an admin API.
            await stack._kafka.CreateTopicAsync("kalinka.dead-letter");
        }

        var options = stack._zooKeeper.Options();
        stack._ensemble = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        stack._directory = new ZnodeDirectory(
            stack._ensemble,
            options,
            1000,
            false,
            TimeProvider.System,
            NullLogger.Instance
        );
        stack._directory.Start();
        stack._ensemble.Start();
        for (var number = 0; number < 2; number++)
        {
            stack.Brokers[number] = await MosquittoBroker.StartAsync("max_queued_messages 100000");
            await stack.ListenAsync($"b{number + 1}", stack.Brokers[number].Port);
        }

        return stack;
    }

    /// <summary>A pipeline that runs until its task is asked to end.</summary>
    /// <param name="change">What is other than usual in its configuration.</param>
    public RunningSub Run(string instance, Func<SubOptions, SubOptions>? change = null)
    {
        var tests = SubOptionsFor.Tests;
        var brokers = Brokers.Select((broker, number) => broker.Options() with { Name = $"b{number + 1}" });
        var options = tests with
        {
            Instance = instance,
            Mqtt = tests.Mqtt with { Brokers = [.. brokers] },
            Kafka = tests.Kafka with { BootstrapServers = BootstrapServers },
            ZooKeeper = _zooKeeper.Options(),
            Mapping = new([tests.Mapping.Rules[0]]),
            Delivery = tests.Delivery with { AbsentWait = TimeSpan.FromSeconds(3) },
        };
        options = change is null ? options : change(options);
        return new RunningSub(
            SubPipeline.Create(
                options,
                SubOptionsFor.Mapping(options),
                NullLoggerFactory.Instance,
                TimeProvider.System,
                _services.GetRequiredService<IMeterFactory>()
            )
        );
    }

    public Task PlaceAsync(string broker, params string[] clients) =>
        _directory.ChangeAsync(
            [
                .. clients
                    .Select(Encoding.UTF8.GetBytes)
                    .Select(client => LocationChange.Put(client, broker, _directory.Find(client))),
            ],
            CancellationToken.None
        );

    public async Task ReadAsync(string client) =>
        await _directory.ReadAsync(Encoding.UTF8.GetBytes(client), CancellationToken.None);

    public void Produce(IEnumerable<(string Client, string Value)> records)
    {
        using var producer = new ProducerBuilder<string, string>(
            new ProducerConfig
            {
                BootstrapServers = BootstrapServers,
                EnableIdempotence = true,
                LingerMs = 20,
            }
        ).Build();
        foreach (var (client, value) in records)
        {
            producer.Produce("in", new Message<string, string> { Key = client, Value = value });
        }

        producer.Flush(Within);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var device in _devices)
        {
            device.Dispose();
        }

        await _directory.DisposeAsync();
        await _ensemble.CloseAsync();
        foreach (var broker in Brokers)
        {
            await broker.DisposeAsync();
        }

        await _zooKeeper.DisposeAsync();
        await _kafka.DisposeAsync();
        await _services.DisposeAsync();
    }

    private async Task ListenAsync(string broker, int port)
    {
        var device = new MqttClientFactory().CreateMqttClient();
        device.ApplicationMessageReceivedAsync += received =>
        {
            var payload = received.ApplicationMessage.ConvertPayloadToString() ?? "";
            Heard.AddOrUpdate((broker, payload), 1, (_, count) => count + 1);
            return Task.CompletedTask;
        };
        await device.ConnectAsync(
            new MqttClientOptionsBuilder()
                .WithTcpServer("127.0.0.1", port)
                .WithProtocolVersion(MQTTnet.Formatter.MqttProtocolVersion.V500)
                .WithReceiveMaximum(1000)
                .Build()
        );
        await device.SubscribeAsync("to/+", MQTTnet.Protocol.MqttQualityOfServiceLevel.AtLeastOnce);
        _devices.Add(device);
    }
}

/// <summary>A pipeline and the end of its run.</summary>
internal sealed class RunningSub : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _run;

    public RunningSub(SubPipeline pipeline)
    {
        Pipeline = pipeline;
        _run = pipeline.RunAsync(_stopping.Token);
    }

    public SubPipeline Pipeline { get; }

    public Task ReadyAsync() =>
        Eventually.That(
            () => Pipeline.Status() is { Ready: true } status && status.Brokers.All(b => b.State == "connected"),
            SubStack.Within,
            "ready"
        );

    /// <summary>As SIGTERM: drains, and ends.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _run.WaitAsync(SubStack.Within);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Pipeline.DisposeAsync();
        _stopping.Dispose();
    }
}
