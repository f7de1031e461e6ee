using Kalinka.Common.Mqtt;

namespace Kalinka.Bench.Load;

/// <summary>One subscriber that stands for all devices of the broker.</summary>
internal sealed class MqttArrivals(Arrivals arrivals) : IMqttConnectionHandler, IAsyncDisposable
{
    private IMqttConnection _connection = null!;

    public static async Task<MqttArrivals> SubscribeAsync(int port, string filter, Arrivals arrivals)
    {
        var subscriber = new MqttArrivals(arrivals);
        await Loopback.ConnectAsync(port, "bench-arrivals", subscriber);
        var granted = await subscriber._connection.SubscribeAsync(
            new MqttSubscription(filter, Qos: 1),
            CancellationToken.None
        );
        return granted == MqttReasonCode.GrantedQos1
            ? subscriber
            : throw new BenchException($"{filter} was not granted: {granted}");
    }

    public void OnConnected(IMqttConnection connection) => _connection = connection;

    public void OnPublish(in IncomingPublish publish)
    {
        arrivals.Note(publish.Payload);
        _connection.Acknowledge([publish.PacketIdentifier]);
    }

    public void OnPublishOutcome(long token, PublishOutcome outcome, MqttReasonCode reason) { }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
