using System.Globalization;
using System.Text;
using Kalinka.Common.Mqtt;

namespace Kalinka.Bench.Load;

/// <summary>One publisher, QoS 1, to <c>topic/client</c> for many clients in turn.</summary>
internal sealed class MqttLoad : ILoad, IMqttConnectionHandler
{
    /// <summary>How many clients the messages come from, or go to.</summary>
    public const int Clients = 1000;

    private readonly byte[] _payload;
    private readonly SemaphoreSlim _room = new(0, 1);
    private IMqttConnection _connection = null!;
    private int _outcomes;
    private int _refused;

    private MqttLoad(int size) => _payload = Stamp.Payload(size);

    public static async Task<MqttLoad> ConnectAsync(int port, int size)
    {
        var load = new MqttLoad(size);
        load._connection = await Loopback.ConnectAsync(port, "bench-load", load);
        return load;
    }

    public async Task SendAsync(string topic, int messages, int perSecond)
    {
        var mqttTopics = TopicsOf(topic);
        Volatile.Write(ref _outcomes, 0);
        var pace = new Pace(perSecond, messages);
        var sent = 0;
        while (await pace.DueAsync() is { } due)
        {
            for (; due > 0; due--, sent++)
            {
                await PublishAsync(mqttTopics[sent % Clients]);
            }
        }

        while (Volatile.Read(ref _outcomes) < messages)
        {
            await _room.WaitAsync();
        }
    }

    /// <summary>Publishes that the broker answered otherwise than with success, since the last call.</summary>
    public int TakeRefused() => Interlocked.Exchange(ref _refused, 0);

    public void OnPublish(in IncomingPublish publish) { }

    public void OnPublishOutcome(long token, PublishOutcome outcome, MqttReasonCode reason)
    {
        if (outcome != PublishOutcome.Delivered)
        {
            Interlocked.Increment(ref _refused);
        }

        Interlocked.Increment(ref _outcomes);
        OnRoom();
    }

    public void OnRoom()
    {
        if (_room.CurrentCount == 0)
        {
            try
            {
                _room.Release();
            }
            catch (SemaphoreFullException)
            {
                // The other thread was faster: there is room, and it is known.
            }
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async ValueTask PublishAsync(byte[] mqttTopic)
    {
        Stamp.Write(_payload);
        while (!TryPublish(mqttTopic))
        {
            await _room.WaitAsync();
        }
    }

    private bool TryPublish(byte[] mqttTopic)
    {
        var publish = new OutgoingPublish
        {
            Topic = mqttTopic,
            Payload = _payload,
            Qos = 1,
            Retain = false,
        };
        return _connection.TryPublish(publish, token: 0) switch
        {
            PublishSubmission.Accepted => true,
            PublishSubmission.WindowFull => false,
            var submission => throw new BenchException($"The load cannot be published: {submission}"),
        };
    }

    private static byte[][] TopicsOf(string topic) =>
        [.. Enumerable.Range(0, Clients).Select(n => Encoding.UTF8.GetBytes($"{topic}/{ClientName(n)}"))];

    public static string ClientName(int number) => string.Create(CultureInfo.InvariantCulture, $"client-{number:0000}");
}
