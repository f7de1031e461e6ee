using Kalinka.QuickStart.Brokers;
using Kalinka.QuickStart.Ledger;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Kalinka.QuickStart.Devices;

/// <summary>A simulated device: one MQTT client that tells a system its temperature and talks to its neighbours.</summary>
internal sealed class Device : IDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly EmbeddedBroker _broker;
    private readonly MessageLedger _ledger;

    private Device(string name, EmbeddedBroker broker, MessageLedger ledger)
    {
        Name = name;
        _broker = broker;
        _ledger = ledger;
        _client.ApplicationMessageReceivedAsync += NoteArrival;
    }

    /// <summary>Also its Client Identifier.</summary>
    public string Name { get; }

    public string Broker => _broker.Name;

    public static async Task<Device> ConnectAsync(
        string name,
        EmbeddedBroker broker,
        MessageLedger ledger,
        CancellationToken cancellationToken
    )
    {
        var device = new Device(name, broker, ledger);
        await device.ConnectAsync(cancellationToken);
        return device;
    }

    public Task ReportAsync(string system, CancellationToken cancellationToken) =>
        SendAsync(Direction.DeviceToBackEnd, DeviceTopics.ToSystem(Name, system), cancellationToken);

    public Task TellAsync(Device neighbour, CancellationToken cancellationToken) =>
        SendAsync(Direction.DeviceToDevice, DeviceTopics.ToDevice(Name, neighbour.Name), cancellationToken);

    public void Dispose() => _client.Dispose();

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        var options = new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", _broker.Port)
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithClientId(Name)
            .Build();
        await _client.ConnectAsync(options, cancellationToken);
        foreach (var filter in (string[])[DeviceTopics.FromSystems(Name), DeviceTopics.FromDevices(Name)])
        {
            await _client.SubscribeAsync(filter, MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken);
        }
    }

    private async Task SendAsync(Direction direction, string mqttTopic, CancellationToken cancellationToken)
    {
        var number = _ledger[direction].Open();
        var payload = new Payload(number, Math.Round(20 + (Random.Shared.NextDouble() * 5), 1)).ToUtf8();
        // "No matching subscribers" says that the broker has dropped it: kalinka-pub has not subscribed yet.
        while (!await TryPublishAsync(mqttTopic, payload))
        {
            await Task.Delay(RetryDelay, TimeProvider.System, cancellationToken);
        }
    }

    private async Task<bool> TryPublishAsync(string mqttTopic, byte[] payload)
    {
        var message = new MqttApplicationMessageBuilder()
            .WithTopic(mqttTopic)
            .WithPayload(payload)
            .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce)
            .Build();
        // A token would end the connection in the middle of a packet.
        var result = await _client.PublishAsync(message, CancellationToken.None);
        return result.ReasonCode == MqttClientPublishReasonCode.Success;
    }

    private Task NoteArrival(MqttApplicationMessageReceivedEventArgs received)
    {
        var message = received.ApplicationMessage;
        var payload = Payload.Parse(message.Payload.FirstSpan);
        if (DeviceTopics.SendingDevice(message.Topic) is { } sender)
        {
            _ledger.Arrive(Direction.DeviceToDevice, payload.Id, $"{sender} -> {Name} on {Broker}: {payload.Value} °C");
        }
        else
        {
            _ledger.Arrive(Direction.BackEndToDevice, payload.Id, $"{message.Topic} on {Broker}: {payload.Value} °C");
        }

        return Task.CompletedTask;
    }
}
