using System.Globalization;
using System.Text.RegularExpressions;
using Kalinka.Tests.Stack;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Kalinka.Tests.Integration.Deploy;

/// <summary>The shipped settings do what the README beside them says.</summary>
internal sealed class MosquittoSettingsTests
{
    // One more than the default limit would keep twice over.
    private const int Backlog = 2_001;

    private readonly MqttClientFactory _clients = new();
    private ShippedMosquitto _mosquitto = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        if (Command.Find("mosquitto") is null)
        {
            Assert.Ignore("Mosquitto is not installed");
        }
        _mosquitto = await ShippedMosquitto.StartAsync();
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_mosquitto is not null)
        {
            await _mosquitto.DisposeAsync();
        }
    }

    [Test]
    public async Task Publishers_are_granted_the_window_of_the_file()
    {
        using var client = _clients.CreateMqttClient();

        var connected = await client.ConnectAsync(Options("kalinka-sub", "window"));

        Assert.That(connected.ReceiveMaximum, Is.EqualTo(Setting("max_inflight_messages")));
    }

    [Test]
    public async Task A_session_that_is_away_keeps_more_than_the_default_of_a_thousand()
    {
        await SubscribeAndLeave("backlog");
        using var publisher = _clients.CreateMqttClient();
        await publisher.ConnectAsync(Options("kalinka-sub", "publisher"));
        for (var i = 0; i < Backlog; i++)
        {
            await publisher.PublishStringAsync("mqtt/d1/pub", "x", MqttQualityOfServiceLevel.AtLeastOnce);
        }

        var received = 0;
        using var back = _clients.CreateMqttClient();
        back.ApplicationMessageReceivedAsync += _ => Task.FromResult(Interlocked.Increment(ref received));
        await back.ConnectAsync(Options("kalinka-pub", "backlog", sessionExpiry: 60));

        await Eventually.That(
            () => Volatile.Read(ref received) == Backlog,
            TimeSpan.FromSeconds(20),
            "all are delivered"
        );
    }

    [Test]
    public async Task A_connect_is_reported_on_the_log_topic()
    {
        var lines = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using var observer = _clients.CreateMqttClient();
        observer.ApplicationMessageReceivedAsync += received =>
        {
            lines.Enqueue(received.ApplicationMessage.ConvertPayloadToString());
            return Task.CompletedTask;
        };
        await observer.ConnectAsync(Options("kalinka-pub", "observer"));
        await observer.SubscribeAsync("$SYS/broker/log/N");

        using var device = _clients.CreateMqttClient();
        await device.ConnectAsync(Options("kalinka-sub", "device-7"));

        await Eventually.That(
            () => lines.Any(line => line.Contains("as device-7", StringComparison.Ordinal)),
            TimeSpan.FromSeconds(10),
            "the connect is reported"
        );
    }

    [Test]
    public async Task Kalinka_sub_may_not_publish_outside_its_topics()
    {
        using var client = _clients.CreateMqttClient();
        await client.ConnectAsync(Options("kalinka-sub", "strayer"));

        var result = await client.PublishStringAsync("other/topic", "x", MqttQualityOfServiceLevel.AtLeastOnce);

        Assert.That(result.ReasonCode, Is.EqualTo(MqttClientPublishReasonCode.NotAuthorized));
    }

    private async Task SubscribeAndLeave(string clientIdentifier)
    {
        using var client = _clients.CreateMqttClient();
        await client.ConnectAsync(Options("kalinka-pub", clientIdentifier, sessionExpiry: 60));
        await client.SubscribeAsync("mqtt/#", MqttQualityOfServiceLevel.AtLeastOnce);
        await client.DisconnectAsync();
    }

    private MqttClientOptions Options(string user, string clientIdentifier, uint sessionExpiry = 0) =>
        new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", _mosquitto.Port)
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithCredentials(user, ShippedMosquitto.Password)
            .WithClientId(clientIdentifier)
            .WithCleanStart(sessionExpiry == 0)
            .WithSessionExpiryInterval(sessionExpiry)
            .Build();

    private static int Setting(string name) =>
        int.Parse(
            Regex.Match(ShippedMosquitto.Settings(), $@"^{name} (\d+)$", RegexOptions.Multiline).Groups[1].Value,
            CultureInfo.InvariantCulture
        );
}
