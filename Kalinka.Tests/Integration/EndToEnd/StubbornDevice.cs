using System.Globalization;
using System.Text;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Kalinka.Tests.Integration.EndToEnd;

/// <summary>
/// A device that sends numbers, one every few milliseconds, and repeats each until its broker has taken it for a
/// subscriber: whatever it counts as sent must arrive.
/// </summary>
internal sealed class StubbornDevice(int port, string mqttTopic) : IAsyncDisposable
{
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private volatile bool _stopped;
    private Task<int> _sending = Task.FromResult(0);
    private int _sent;

    /// <summary>Numbers taken so far: 0 up to here, exclusive.</summary>
    public int Sent => Volatile.Read(ref _sent);

    public void Start() => _sending = SendAsync();

    /// <summary>Stops after the number that is under way, and says how many were taken.</summary>
    public Task<int> StopAsync()
    {
        _stopped = true;
        return _sending;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _client.Dispose();
    }

    private async Task<int> SendAsync()
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!_stopped)
        {
            await pace.WaitForNextTickAsync();
            if (await TrySendAsync(_sent))
            {
                Volatile.Write(ref _sent, _sent + 1);
            }
        }

        return _sent;
    }

    private async Task<bool> TrySendAsync(int number)
    {
        try
        {
            if (!_client.IsConnected)
            {
                await _client.ConnectAsync(Options(port));
            }

            var message = new MqttApplicationMessageBuilder()
                .WithTopic(mqttTopic)
                .WithPayload(Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)))
                .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce)
                .Build();
            var result = await _client.PublishAsync(message);
            return result.ReasonCode == MqttClientPublishReasonCode.Success;
        }
        catch (Exception exception)
            when (exception is MqttCommunicationException or OperationCanceledException or InvalidOperationException)
        {
            return false; // The last of them: the client has not finished with its last connection.
        }
    }

    private static MqttClientOptions Options(int port) =>
        new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", port)
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .Build();
}
