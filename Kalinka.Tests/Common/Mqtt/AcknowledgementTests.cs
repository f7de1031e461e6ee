using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Common.Mqtt;

/// <summary>The PUBACKs that we send, byte by byte.</summary>
internal sealed class AcknowledgementTests : FakeBrokerTest
{
    [Test]
    public async Task Acknowledgements_leave_in_the_order_in_which_they_are_given()
    {
        await using var connection = await Broker.ConnectAsync();
        connection.Acknowledge([7, 3]);
        connection.Acknowledge([65535]);
        connection.Acknowledge([]);
        connection.Acknowledge([1]);
        var acknowledged = new List<int>();
        for (var n = 0; n < 4; n++)
        {
            var packet = await Broker.ReadPacketAsync();
            Assert.That(packet[..2], Is.EqualTo(new byte[] { 0x40, 2 }));
            acknowledged.Add((packet[2] << 8) | packet[3]);
        }

        Assert.That(acknowledged, Is.EqualTo(new[] { 7, 3, 65535, 1 }));
    }

    [Test]
    public async Task An_acknowledgement_never_reaches_a_later_connection()
    {
        var first = await Broker.ConnectAsync();
        Broker.Hangup();
        await first.ClosesAsync();
        await using var second = await Broker.ConnectAsync();
        first.Acknowledge([1]);
        second.Acknowledge([2]);
        Assert.That(await Broker.ReadPacketAsync(), Is.EqualTo(Packets.PubAck(2)));
    }

    [Test]
    public async Task More_than_the_receive_maximum_is_tolerated()
    {
        var handler = new RecordingHandler { AutoAcknowledge = false };
        var options = Connecting.With(Broker.Options()) with { ReceiveMaximum = 2 };
        var connecting = options.ConnectAsync(handler);
        await Broker.AcceptAsync();
        await using var connection = await connecting;
        for (var n = 1; n <= 10; n++)
        {
            await Broker.SendAsync(Packets.Publish("t", n, $"{n}"));
        }

        await Eventually.That(() => handler.Publishes.Count == 10, Connecting.Soon, "all ten");
        Assert.That(connection.Closed.IsCompleted, Is.False);
    }
}
