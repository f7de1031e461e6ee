using System.Net;
using Kalinka.Common.Mqtt;
using Kalinka.Tests.Stack;
using MQTTnet.Server;

namespace Kalinka.Tests.Common.Mqtt;

/// <summary>A broker that says 0x8E, as mosquitto does only since 2.0.15.</summary>
[TestFixture]
internal sealed class TakeoverTests
{
    [Test]
    public async Task A_second_connection_with_the_same_client_identifier_ends_the_first_with_0x8E()
    {
        var port = FreePort.Next();
        var serverOptions = new MqttServerOptionsBuilder()
            .WithDefaultEndpoint()
            .WithDefaultEndpointBoundIPAddress(IPAddress.Loopback)
            .WithDefaultEndpointBoundIPV6Address(IPAddress.None)
            .WithDefaultEndpointPort(port)
            .Build();
        using var server = new MqttServerFactory().CreateMqttServer(serverOptions);
        await server.StartAsync();
        var options = Connecting.With(new BrokerOptions("b1", "127.0.0.1", port, MqttVersion.V5, null, null, null));

        await using var first = await options.ConnectAsync();
        await using var second = await options.ConnectAsync();

        var close = await first.ClosesAsync();
        Assert.That(
            (close.Reason, close.ByBroker),
            Is.EqualTo(((MqttReasonCode?)MqttReasonCode.SessionTakenOver, true))
        );
        Assert.That(second.Closed.IsCompleted, Is.False);
        await second.DisconnectAsync(MqttReasonCode.Success, Connecting.Soon);
        await server.StopAsync();
    }
}
