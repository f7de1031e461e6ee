using System.Globalization;
using System.Text;
using System.Text.Json;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.EndToEnd;

/// <summary>Servers go away under pub's hands, while a device goes on sending.</summary>
[TestFixture]
public sealed class PubOutageTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private Landscape _landscape = null!;
    private Daemon _pub = null!;
    private StubbornDevice _device = null!;
    private string _kafkaTopic = null!;

    [OneTimeSetUp]
    public async Task StartServers()
    {
        if (!KafkaServer.IsReal)
        {
            Assert.Ignore("Kafka is stopped here, and must remember what it had");
        }

        _landscape = await Landscape.StartAsync(persistence: true);
    }

    [OneTimeTearDown]
    public async Task StopServers() => await (_landscape?.DisposeAsync() ?? ValueTask.CompletedTask);

    [SetUp]
    public async Task MakeDeviceAndTopic()
    {
        var test = TestContext.CurrentContext.Test.ID;
        _kafkaTopic = $"mqtt.{test}";
        await _landscape.Kafka.CreateTopicAsync(_kafkaTopic);
        _device = new StubbornDevice(_landscape.Brokers[0].Port, $"mqtt/d1/{test}/pub");
    }

    [TearDown]
    public async Task StopPub()
    {
        await _device.DisposeAsync();
        var exitCode = await _pub.TerminateAsync();
        if (TestContext.CurrentContext.Result.FailCount > 0)
        {
            TestContext.Out.WriteLine(string.Join('\n', _pub.Output));
        }

        await _pub.DisposeAsync();
        Assert.That(exitCode, Is.Zero);
    }

    [Test]
    public async Task Kafka_killed_for_15_s_loses_doubles_and_disorders_nothing_and_no_broker_notices()
    {
        await SendFromNowOnAsync();
        var connections = Connections();

        await _landscape.Kafka.KillAsync();
        await SendMoreAsync(TimeSpan.FromSeconds(15));
        var broker = await BrokerAsync();
        Assert.That(broker.GetProperty("state").GetString(), Is.EqualTo("connected"));
        Assert.That(broker.GetProperty("inFlight").GetInt32(), Is.InRange(1, 1000), "the rest waits at the broker");
        Assert.That(
            broker.GetProperty("queueAgeMs").GetInt64(),
            Is.InRange(3_000, 17_000),
            "since the window was full"
        );
        await _landscape.Kafka.RestartAsync();
        var sent = await _device.StopAsync();

        Assert.That(await ArrivedAsync(sent), Is.EqualTo(Enumerable.Range(0, sent)));
        Assert.That(Connections(), Is.EqualTo(connections), "pub never lost its connection");
        await Eventually.That(() => QueueAge() is < 1000, Soon, "the queue is empty again");
        await Eventually.That(() => Dropped() is 0, Soon, "Mosquitto tells what it dropped");
    }

    [Test]
    public async Task A_broker_that_restarts_with_its_sessions_loses_nothing()
    {
        await SendFromNowOnAsync();

        await _landscape.Brokers[0].RestartAsync();
        var before = _device.Sent;
        await Eventually.That(() => _device.Sent > before + 200, Soon, "messages are taken again");
        var sent = await _device.StopAsync();

        Assert.That((await ArrivedAsync(sent)).Distinct(), Is.EqualTo(Enumerable.Range(0, sent)));
    }

    [Test]
    public async Task A_broker_that_restarts_while_Kafka_is_away_takes_messages_for_us_at_once_and_loses_nothing()
    {
        await SendFromNowOnAsync();

        await _landscape.Kafka.KillAsync();
        await Eventually.That(() => InFlight() > 100, Soon, "records wait for Kafka");
        await _landscape.Brokers[0].RestartAsync();
        var before = _device.Sent;
        await Eventually.That(() => _device.Sent > before + 200, Soon, "it knows our filters again");
        await _landscape.Brokers[0].RestartAsync();
        before = _device.Sent;
        await Eventually.That(() => _device.Sent > before + 200, Soon, "and after one more restart");
        Assert.That((await BrokerAsync()).GetProperty("lastError").GetString(), Does.Contain("waits for Kafka"));
        await _landscape.Kafka.RestartAsync();
        var sent = await _device.StopAsync();

        Assert.That((await ArrivedAsync(sent)).Distinct(), Is.EqualTo(Enumerable.Range(0, sent)));
    }

    [Test]
    public async Task Stopped_while_what_came_again_waits_for_Kafka_the_next_instance_gets_it()
    {
        await SendFromNowOnAsync();
        await _landscape.Kafka.KillAsync();
        await Eventually.That(() => InFlight() > 100, Soon, "records wait for Kafka");
        await _landscape.Brokers[0].RestartAsync();
        var before = _device.Sent;
        await Eventually.That(() => _device.Sent > before + 100, Soon, "it knows our filters again");

        Assert.That(await _pub.TerminateAsync(), Is.Zero);
        await _pub.DisposeAsync();
        await _landscape.Kafka.RestartAsync();
        _pub = _landscape.StartPub("pub-1");
        var sent = await _device.StopAsync();

        Assert.That((await ArrivedAsync(sent)).Distinct(), Is.EqualTo(Enumerable.Range(0, sent)));
    }

    [Test]
    public async Task A_broker_that_is_away_disturbs_no_other()
    {
        await SendFromNowOnAsync();
        var connections = Connections();

        await _landscape.Brokers[1].KillAsync();
        await SendMoreAsync(TimeSpan.FromSeconds(3));
        Assert.That((await BrokerAsync(1)).GetProperty("state").GetString(), Is.EqualTo("connecting"));
        await _landscape.Brokers[1].RestartAsync();
        var sent = await _device.StopAsync();

        Assert.That(await ArrivedAsync(sent), Is.EqualTo(Enumerable.Range(0, sent)));
        Assert.That(Connections(), Is.EqualTo(connections));
    }

    [Test]
    public async Task While_ZooKeeper_is_away_messages_flow_and_no_connection_is_given_up()
    {
        await SendFromNowOnAsync();
        var connections = Connections();

        await _landscape.ZooKeeper.KillAsync();
        await SendMoreAsync(TimeSpan.FromSeconds(8));
        var during = _device.Sent;
        await Eventually.That(() => Count() >= during, Soon, "what was sent meanwhile is in Kafka");
        await _landscape.ZooKeeper.RestartAsync();
        await SendMoreAsync(TimeSpan.FromSeconds(6));
        var sent = await _device.StopAsync();

        Assert.That(await ArrivedAsync(sent), Is.EqualTo(Enumerable.Range(0, sent)));
        Assert.That(Connections(), Is.EqualTo(connections));
        Assert.That((await BrokerAsync()).GetProperty("seats").GetArrayLength(), Is.EqualTo(1));
    }

    [Test]
    public async Task Started_while_everything_is_away_it_says_what_it_waits_for_and_is_ready_when_it_comes()
    {
        await Task.WhenAll(
            _landscape.Kafka.KillAsync(),
            _landscape.ZooKeeper.KillAsync(),
            BrokersAsync(b => b.StopAsync())
        );
        _pub = _landscape.StartPub("pub-1");
        var kafka = _landscape.Kafka.BootstrapServers;
        var zooKeeper = _landscape.ZooKeeper.ConnectionString;

        await WaitingForAsync($"Kafka at {kafka}", $"ZooKeeper at {zooKeeper}/kalinka");
        await _landscape.ZooKeeper.RestartAsync();
        await WaitingForAsync($"Kafka at {kafka}", $"mqtt://127.0.0.1:{_landscape.Brokers[0].Port}");
        await Task.WhenAll(_landscape.Kafka.RestartAsync(), BrokersAsync(broker => broker.RestartAsync()));
        await _pub.WaitReadyAsync();

        _device.Start();
        await Eventually.That(() => Count() > 0, Soon, "messages flow");
        var sent = await _device.StopAsync();
        Assert.That(await ArrivedAsync(sent), Is.EqualTo(Enumerable.Range(0, sent)));
    }

    private async Task SendFromNowOnAsync()
    {
        _pub = _landscape.StartPub("pub-1");
        await _pub.WaitConnectedAsync();
        await Eventually.That(() => State() == "connected", Soon, "the first broker is read");
        _device.Start();
        await Eventually.That(() => Count() > 100, Soon, "messages flow");
    }

    // For this long, and never without progress.
    private async Task SendMoreAsync(TimeSpan time)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < time)
        {
            var before = _device.Sent;
            await Eventually.That(() => _device.Sent > before + 50, Soon, "the broker takes messages");
        }
    }

    private async Task<IReadOnlyList<int>> ArrivedAsync(int sent)
    {
        await Eventually.That(() => Count() >= sent && InFlight() == 0, Soon, $"{sent} records");
        return
        [
            .. TopicReader
                .Read(_landscape.Kafka.BootstrapServers, _kafkaTopic, 1, Count(), Soon)
                .Select(record =>
                    int.Parse(Encoding.ASCII.GetString(record.Message.Value!), CultureInfo.InvariantCulture)
                ),
        ];
    }

    private async Task WaitingForAsync(params string[] parts)
    {
        var said = "nothing";
        await Eventually.That(
            () =>
            {
                said = Status() is { } status ? status.GetProperty("waitingFor").GetString() : "no answer";
                return Array.TrueForAll(parts, part => said?.Contains(part, StringComparison.Ordinal) == true);
            },
            Soon,
            $"waitingFor names {string.Join(" and ", parts)}"
        );
        Assert.That((await BrokerAsync()).GetProperty("state").GetString(), Is.EqualTo("connecting"), said);
    }

    private Task BrokersAsync(Func<MosquittoBroker, Task> act) => Task.WhenAll(_landscape.Brokers.Select(act));

    private int Count() => TopicReader.Count(_landscape.Kafka.BootstrapServers, _kafkaTopic);

    // Since the broker's last start.
    private int Connections() => _landscape.Brokers[0].Log.Split("as kalinka-pub-b1-0 ").Length - 1;

    private string? State() => BrokerAsync().GetAwaiter().GetResult().GetProperty("state").GetString();

    private int InFlight() => BrokerAsync().GetAwaiter().GetResult().GetProperty("inFlight").GetInt32();

    private long? QueueAge() => Figure("queueAgeMs");

    private long? Dropped() => Figure("droppedByBroker");

    private long? Figure(string name) =>
        BrokerAsync().GetAwaiter().GetResult().GetProperty(name) is { ValueKind: JsonValueKind.Number } figure
            ? figure.GetInt64()
            : null;

    private async Task<JsonElement> BrokerAsync(int number = 0) =>
        (await _pub.StatusAsync()).RootElement.GetProperty("brokers")[number];

    private JsonElement? Status()
    {
        try
        {
            return _pub.StatusAsync().GetAwaiter().GetResult().RootElement;
        }
        catch (HttpRequestException)
        {
            return null; // Not listening yet.
        }
    }
}
