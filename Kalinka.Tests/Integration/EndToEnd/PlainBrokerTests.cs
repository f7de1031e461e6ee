using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Kalinka.Tests.Stack;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Kalinka.Tests.Integration.EndToEnd;

/// <summary>Brokers without shared subscriptions: one seat reads by plain filters, the other instance stands by.</summary>
[TestFixture("ActiveMQ"), TestFixture("RabbitMQ"), NonParallelizable]
internal sealed class PlainBrokerTests(string kind)
{
    private const int Messages = 200;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private PlainBroker _broker = null!;
    private ZooKeeperServer _zooKeeper = null!;
    private KafkaServer _kafka = null!;

    [OneTimeSetUp]
    public async Task StartServers()
    {
        if ((kind == "ActiveMQ" ? ActiveMqBroker.Missing : RabbitMqBroker.Missing) is { } reason)
        {
            Assert.Ignore(reason);
        }

        var zooKeeper = ZooKeeperServer.StartAsync();
        _kafka = KafkaMock.Start();
        _broker = kind == "ActiveMQ" ? await ActiveMqBroker.StartAsync() : await RabbitMqBroker.StartAsync();
        _zooKeeper = await zooKeeper;
        await _kafka.CreateTopicAsync("mqtt.plain");
    }

    [OneTimeTearDown]
    public async Task StopServers()
    {
        await (_broker?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_zooKeeper?.DisposeAsync() ?? ValueTask.CompletedTask);
        if (_kafka is not null)
        {
            await _kafka.DisposeAsync();
        }
    }

    [Test]
    public async Task One_instance_reads_it_the_other_takes_over_its_session_and_nothing_is_lost_doubled_or_disordered()
    {
        await using var first = Start("pub-1");
        await first.WaitReadyAsync();
        await Eventually.That(
            () => Broker(first).GetProperty("queueAgeMs") is { ValueKind: JsonValueKind.Number },
            Soon,
            "the marker comes back"
        );
        await using var second = Start("pub-2");
        await Eventually.That(() => State(second) == "standby", Soon, "the second stands by");
        Assert.That(State(first), Is.EqualTo("connected"));

        await PublishAsync(0);
        await Eventually.That(() => Count() >= Messages, Soon, "read by the first");
        Assert.That(await first.TerminateAsync(), Is.Zero);
        await PublishAsync(Messages);
        await Eventually.That(() => State(second) == "connected", Soon, "the second reads");
        await Eventually.That(() => Count() >= 2 * Messages, Soon, "what the broker had queued");
        Assert.That(await second.TerminateAsync(), Is.Zero);

        var arrived = TopicReader
            .Read(_kafka.BootstrapServers, "mqtt.plain", 1, Count(), Soon)
            .Select(record => int.Parse(Encoding.ASCII.GetString(record.Message.Value!), CultureInfo.InvariantCulture));
        Assert.That(arrived, Is.EqualTo(Enumerable.Range(0, 2 * Messages)));
    }

    /// <summary>That docs/presence.md says of both: nothing by which a client could be known.</summary>
    [Test]
    public async Task What_it_tells_of_connections_names_nobody()
    {
        var told = new ConcurrentQueue<(string Topic, string Payload)>();
        using var watcher = new MqttClientFactory().CreateMqttClient();
        watcher.ApplicationMessageReceivedAsync += message =>
        {
            var publish = message.ApplicationMessage;
            told.Enqueue((publish.Topic, Encoding.Latin1.GetString(publish.Payload)));
            return Task.CompletedTask;
        };
        await watcher.ConnectAsync(Options("watcher"));
        await watcher.SubscribeAsync("ActiveMQ/Advisory/#", MqttQualityOfServiceLevel.AtLeastOnce);
        await watcher.SubscribeAsync("$SYS/#", MqttQualityOfServiceLevel.AtLeastOnce);
        await watcher.SubscribeAsync("last/words", MqttQualityOfServiceLevel.AtLeastOnce);
        using (var device = new MqttClientFactory().CreateMqttClient())
        {
            await device.ConnectAsync(Options("dev-4711"));
            await device.PublishBinaryAsync("last/words", "x"u8.ToArray(), MqttQualityOfServiceLevel.AtLeastOnce);
            await device.DisconnectAsync();
        }

        // Of the device's coming, its going, and the watcher's own.
        await Eventually.That(
            () => told.Any(each => each.Topic == "last/words") && (kind != "ActiveMQ" || Advisories() >= 2),
            Soon,
            "what there is to tell"
        );
        Assert.That(told.Select(each => each.Topic + each.Payload), Has.None.Contains("dev-4711"));
        Assert.That(
            told.Where(each => each.Topic != "last/words").Select(each => each.Payload),
            Has.All.Empty,
            "an advisory has no payload"
        );
        await watcher.DisconnectAsync();

        int Advisories() => told.Count(each => each.Topic == "ActiveMQ/Advisory/Connection");
    }

    private MqttClientOptions Options(string client) =>
        new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", _broker.Port)
            .WithProtocolVersion(MqttProtocolVersion.V311)
            .WithClientId(client)
            .Build();

    private async Task PublishAsync(int from)
    {
        using var device = new MqttClientFactory().CreateMqttClient();
        await device.ConnectAsync(
            new MqttClientOptionsBuilder()
                .WithTcpServer("127.0.0.1", _broker.Port)
                .WithProtocolVersion(MqttProtocolVersion.V311)
                .Build()
        );
        for (var number = from; number < from + Messages; number++)
        {
            var payload = Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));
            await device.PublishBinaryAsync("mqtt/d1/plain/pub", payload, MqttQualityOfServiceLevel.AtLeastOnce);
        }

        await device.DisconnectAsync();
    }

    private Daemon Start(string instance) =>
        Daemon.Start(
            Daemon.Pub,
            $$"""
            {
              "Mqtt": {
                "Brokers": [
                  { "Name": "b1", "Address": "mqtt://127.0.0.1:{{_broker.Port}}", "ProtocolVersion": "3.1.1" }
                ],
                "Seats": 2
              },
              "Kafka": { "BootstrapServers": "{{_kafka.BootstrapServers}}", "CreateTopics": "None" },
              "ZooKeeper": { "ConnectionString": "{{_zooKeeper.ConnectionString}}/kalinka", "SessionTimeout": "00:00:05" },
              "Mapping": { "Rules": [ { "From": "mqtt/{src}/{system}/pub", "To": "mqtt.{system}", "Key": "{src}" } ] }
            }
            """,
            new Dictionary<string, string> { ["KALINKA_Instance"] = instance }
        );

    private int Count() => TopicReader.Count(_kafka.BootstrapServers, "mqtt.plain");

    private static string? State(Daemon pub) => Broker(pub).GetProperty("state").GetString();

    private static JsonElement Broker(Daemon pub)
    {
        try
        {
            return pub.StatusAsync().GetAwaiter().GetResult().RootElement.GetProperty("brokers")[0];
        }
        catch (HttpRequestException)
        {
            return JsonDocument.Parse("""{ "state": "starting", "queueAgeMs": null }""").RootElement;
        }
    }
}
