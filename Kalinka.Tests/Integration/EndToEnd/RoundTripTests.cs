using System.Buffers;
using System.Text;
using Kalinka.Tests.Stack;
using MQTTnet;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Kalinka.Tests.Integration.EndToEnd;

/// <summary>Devices on two brokers talk to each other through Kafka, with two instances of each daemon.</summary>
[TestFixture]
public sealed class RoundTripTests
{
    private const int Devices = 40;
    private const int MessagesEach = 100;

    private Landscape _landscape = null!;
    private readonly List<Device> _devices = [];

    [OneTimeSetUp]
    public async Task Start()
    {
        _landscape = await Landscape.StartAsync();
        Daemon[] daemons =
        [
            _landscape.StartPub("pub-1"),
            _landscape.StartPub("pub-2"),
            _landscape.StartSub("sub-1"),
            _landscape.StartSub("sub-2"),
        ];
        await Task.WhenAll(daemons.Select(daemon => daemon.WaitConnectedAsync()));
        for (var number = 0; number < Devices; number++)
        {
            _devices.Add(await Device.ConnectAsync($"d{number}", _landscape.Brokers[number % 2].Port));
        }
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        foreach (var device in _devices)
        {
            await device.DisposeAsync();
        }

        await _landscape.DisposeAsync();
    }

    [Test]
    public async Task Four_thousand_messages_cross_the_brokers_none_lost_none_twice_each_senders_in_order()
    {
        var sent = await SendAcrossAsync();
        var ledger = new Ledger(sent, _devices);

        await Eventually.That(
            () => ledger.Arrived == sent.Count,
            TimeSpan.FromSeconds(90),
            "every message has arrived"
        );

        Assert.That(ledger.Lost(), Is.Empty);
        Assert.That(ledger.Duplicates(), Is.Zero);
        Assert.That(ledger.OutOfOrder(), Is.Empty);
    }

    [Test]
    public async Task A_binary_payload_and_every_property_arrive_as_they_were_sent()
    {
        await using var sender = await Device.ConnectAsync("sender", _landscape.Brokers[0].Port);
        await using var receiver = await Device.ConnectAsync("receiver", _landscape.Brokers[1].Port);
        await receiver.SendAsync("sender", 0);
        var payload = Enumerable.Range(0, 1024).Select(number => (byte)number).ToArray();
        var message = new MqttApplicationMessageBuilder()
            .WithTopic("mqtt/sender/mqtt/receiver/pub")
            .WithPayload(payload)
            .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce)
            .WithContentType("application/octet-stream")
            .WithResponseTopic("mqtt/receiver/mqtt/sender/pub")
            .WithCorrelationData([0, 1, 254, 255])
            .WithPayloadFormatIndicator(MqttPayloadFormatIndicator.Unspecified)
            .WithMessageExpiryInterval(3600)
            .WithUserProperty("colour", Encoding.UTF8.GetBytes("red"))
            .WithUserProperty("colour", Encoding.UTF8.GetBytes("blau \u00e4\u00f6\u00fc"))
            .Build();

        await sender.PublishAsync(message);
        await Eventually.That(() => !receiver.Received.IsEmpty, TimeSpan.FromSeconds(30), "the message has arrived");

        Assert.That(receiver.Received.TryPeek(out var arrived), Is.True);
        Assert.Multiple(() =>
        {
            Assert.That(arrived!.Payload.ToArray(), Is.EqualTo(payload));
            Assert.That(arrived.Topic, Is.EqualTo("mqtt/sender/mqtt/receiver/sub"));
            Assert.That(arrived.ContentType, Is.EqualTo("application/octet-stream"));
            Assert.That(arrived.ResponseTopic, Is.EqualTo("mqtt/receiver/mqtt/sender/pub"));
            Assert.That(arrived.CorrelationData, Is.EqualTo(new byte[] { 0, 1, 254, 255 }));
            Assert.That(arrived.MessageExpiryInterval, Is.InRange(3500, 3600));
            Assert.That(UserProperties(arrived), Does.Contain("srcId=sender"));
            Assert.That(
                UserProperties(arrived).Where(property => property.StartsWith("colour=", StringComparison.Ordinal)),
                Is.EqualTo(new[] { "colour=red", "colour=blau \u00e4\u00f6\u00fc" })
            );
        });
    }

    private async Task<List<string>> SendAcrossAsync()
    {
        var sent = new List<string>();
        for (var number = 0; number < MessagesEach; number++)
        {
            // Everyone sends to a device of the other broker.
            await Task.WhenAll(
                _devices.Select((device, index) => device.SendAsync(_devices[(index + 1) % Devices].Name, number))
            );
            sent.AddRange(
                _devices.Select((device, index) => $"{device.Name}>{_devices[(index + 1) % Devices].Name}:{number}")
            );
        }

        return sent;
    }

    private static List<string> UserProperties(MqttApplicationMessage message) =>
        [
            .. message.UserProperties.Select(
                (MqttUserProperty property) => $"{property.Name}={property.ReadValueAsString()}"
            ),
        ];
}
