using System.Net;
using MQTTnet.Packets;
using MQTTnet.Protocol;
using MQTTnet.Server;

namespace Kalinka.QuickStart.Brokers;

/// <summary>
/// An MQTT broker within this process, on loopback, with shared subscriptions and persistent sessions. The server
/// library has no shared subscriptions: it sees plain filters, and <see cref="SubscriptionBook"/> deals.
/// </summary>
internal sealed class EmbeddedBroker : IAsyncDisposable
{
    private readonly SubscriptionBook _book = new();
    private readonly MqttServer _server;
    private readonly MqttServerOptions _options;

    private EmbeddedBroker(string name)
    {
        Name = name;
        _options = new MqttServerOptionsBuilder()
            .WithDefaultEndpoint()
            .WithDefaultEndpointBoundIPAddress(IPAddress.Loopback)
            .WithDefaultEndpointBoundIPV6Address(IPAddress.None)
            .WithDefaultEndpointPort(0)
            .WithPersistentSessions()
            .WithMaxPendingMessagesPerClient(100_000)
            .Build();
        _server = new MqttServerFactory().CreateMqttServer(_options);
        _server.ValidatingConnectionAsync += PrepareSession;
        _server.InterceptingInboundPacketAsync += ReadSubscriptions;
        _server.InterceptingOutboundPacketAsync += AnnounceSharedSubscriptions;
        _server.InterceptingClientEnqueueAsync += Deal;
        _server.SessionDeletedAsync += ForgetSession;
    }

    public string Name { get; }

    public int Port => _options.DefaultEndpointOptions.Port;

    public static async Task<EmbeddedBroker> StartAsync(string name)
    {
        var broker = new EmbeddedBroker(name);
        await broker._server.StartAsync();
        return broker;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync();
        _server.Dispose();
    }

    private Task PrepareSession(ValidatingConnectionEventArgs connection)
    {
        // Used where the client names itself nothing [MQTT-3.1.3-6].
        connection.AssignedClientIdentifier = $"auto-{Guid.NewGuid():N}";
        if (connection.CleanSession is true)
        {
            _book.Forget(connection.ClientId);
        }

        return Task.CompletedTask;
    }

    private Task ForgetSession(SessionDeletedEventArgs session)
    {
        _book.Forget(session.Id);
        return Task.CompletedTask;
    }

    private Task ReadSubscriptions(InterceptingPacketEventArgs inbound)
    {
        switch (inbound.Packet)
        {
            case MqttSubscribePacket subscribe:
                subscribe.TopicFilters.ForEach(filter => Subscribe(inbound.ClientId, filter));
                break;
            case MqttUnsubscribePacket unsubscribe:
                unsubscribe.TopicFilters = unsubscribe.TopicFilters.ConvertAll(filter =>
                    Unsubscribe(inbound.ClientId, filter)
                );
                break;
        }

        return Task.CompletedTask;
    }

    private void Subscribe(string client, MqttTopicFilter filter)
    {
        if (!SharedSubscription.TryParse(filter.Topic, out var shared))
        {
            _book.Add(client, filter.Topic);
            return;
        }

        _book.Add(client, shared);
        filter.Topic = shared.Filter;
        // No retained messages are sent for a shared subscription [MQTT-4.8.2].
        filter.RetainHandling = MqttRetainHandling.DoNotSendOnSubscribe;
    }

    private string Unsubscribe(string client, string filter)
    {
        if (!SharedSubscription.TryParse(filter, out var shared))
        {
            _book.Remove(client, filter);
            return filter;
        }

        _book.Remove(client, shared);
        return shared.Filter;
    }

    private static Task AnnounceSharedSubscriptions(InterceptingPacketEventArgs outbound)
    {
        if (outbound.Packet is MqttConnAckPacket connAck)
        {
            connAck.SharedSubscriptionAvailable = true;
        }

        return Task.CompletedTask;
    }

    private Task Deal(InterceptingClientApplicationMessageEnqueueEventArgs enqueue)
    {
        enqueue.AcceptEnqueue = _book.IsFor(
            enqueue.ReceiverClientId,
            enqueue.ApplicationMessage.Topic,
            enqueue.SenderClientId
        );
        return Task.CompletedTask;
    }
}
