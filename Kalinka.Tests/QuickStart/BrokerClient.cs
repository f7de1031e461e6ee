using System.Collections.Concurrent;
using System.Text;
using Kalinka.QuickStart.Brokers;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Kalinka.Tests.QuickStart;

/// <summary>A client of an embedded broker that notes what it gets.</summary>
internal sealed class BrokerClient : IAsyncDisposable
{
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();

    private BrokerClient() =>
        _client.ApplicationMessageReceivedAsync += received =>
        {
            Received.Enqueue(
                received.ApplicationMessage.Topic
                    + "="
                    + Encoding.UTF8.GetString(received.ApplicationMessage.Payload.FirstSpan)
            );
            return Task.CompletedTask;
        };

    public ConcurrentQueue<string> Received { get; } = [];

    public MqttClientConnectResult Connected { get; private set; } = null!;

    public static async Task<BrokerClient> ConnectAsync(
        EmbeddedBroker broker,
        string clientId,
        bool cleanStart = true,
        uint sessionExpirySeconds = 600
    )
    {
        var client = new BrokerClient();
        var options = new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", broker.Port)
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithClientId(clientId)
            .WithCleanStart(cleanStart)
            .WithSessionExpiryInterval(sessionExpirySeconds)
            .Build();
        client.Connected = await client._client.ConnectAsync(options);
        return client;
    }

    public async Task<MqttClientSubscribeResultCode> SubscribeAsync(string filter)
    {
        var result = await _client.SubscribeAsync(filter, MqttQualityOfServiceLevel.AtLeastOnce);
        return result.Items.Single().ResultCode;
    }

    public Task UnsubscribeAsync(string filter) => _client.UnsubscribeAsync(filter);

    public async Task<MqttClientPublishReasonCode> PublishAsync(string mqttTopic, string payload, bool retain = false)
    {
        var result = await _client.PublishStringAsync(
            mqttTopic,
            payload,
            MqttQualityOfServiceLevel.AtLeastOnce,
            retain
        );
        return result.ReasonCode;
    }

    public Task DisconnectAsync() => _client.DisconnectAsync();

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }
}
