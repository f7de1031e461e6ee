using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Kalinka.Tests.Integration.EndToEnd;

/// <summary>A device on one broker: it sends to others by their names and keeps what it gets.</summary>
internal sealed class Device : IAsyncDisposable
{
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();

    private Device(string name) => Name = name;

    public string Name { get; }

    /// <summary>In the order in which they came.</summary>
    public ConcurrentQueue<MqttApplicationMessage> Received { get; } = new();

    public static async Task<Device> ConnectAsync(string name, int port)
    {
        var device = new Device(name);
        device._client.ApplicationMessageReceivedAsync += arrival =>
        {
            device.Received.Enqueue(arrival.ApplicationMessage);
            return Task.CompletedTask;
        };
        await device.ConnectAsync(port);
        return device;
    }

    /// <summary>Connects to a broker, with a session that is kept for an hour, and subscribes.</summary>
    public async Task ConnectAsync(int port)
    {
        var options = new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", port)
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithClientId(Name)
            .WithCleanStart(false)
            .WithSessionExpiryInterval(3600)
            .Build();
        var result = await _client.ConnectAsync(options);
        Assert.That(result.ResultCode, Is.EqualTo(MqttClientConnectResultCode.Success));
        await _client.SubscribeAsync($"mqtt/+/mqtt/{Name}/sub", MqttQualityOfServiceLevel.AtLeastOnce);
        await _client.SubscribeAsync($"+/mqtt/{Name}/sub", MqttQualityOfServiceLevel.AtLeastOnce);
    }

    public Task DisconnectAsync() => _client.DisconnectAsync();

    /// <summary>A numbered message to another device.</summary>
    public Task SendAsync(string to, int number) =>
        PublishAsync(
            new MqttApplicationMessageBuilder()
                .WithTopic($"mqtt/{Name}/mqtt/{to}/pub")
                .WithPayload(Encoding.UTF8.GetBytes($"{Name}>{to}:{number}"))
                .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce)
                .Build()
        );

    /// <summary>Until the broker has acknowledged it.</summary>
    public async Task PublishAsync(MqttApplicationMessage message)
    {
        var result = await _client.PublishAsync(message);
        Assert.That(
            result.ReasonCode,
            Is.EqualTo(MqttClientPublishReasonCode.Success),
            "a subscriber took the message"
        );
    }

    /// <summary>The payloads as text, in the order in which they came.</summary>
    public List<string> Texts() => [.. Received.Select(message => Encoding.UTF8.GetString(message.Payload.ToArray()))];

    public async ValueTask DisposeAsync()
    {
        if (_client.IsConnected)
        {
            await _client.DisconnectAsync();
        }

        _client.Dispose();
    }
}
