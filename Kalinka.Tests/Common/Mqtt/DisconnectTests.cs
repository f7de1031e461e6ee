using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Common.Mqtt;

/// <summary>How a connection ends, and what it says of it.</summary>
internal sealed class DisconnectTests : FakeBrokerTest
{
    [Test]
    public async Task The_broker_says_that_the_session_was_taken_over()
    {
        await using var connection = await Broker.ConnectAsync();
        byte[] reasonString = [0x1F, 0, 4, .. "away"u8];
        await Broker.SendAsync(Packets.Packet(0xE0, [0x8E, (byte)reasonString.Length, .. reasonString]));
        var close = await connection.ClosesAsync();
        Assert.That(close.Reason, Is.EqualTo(MqttReasonCode.SessionTakenOver));
        Assert.That(close.ByBroker, Is.True);
        Assert.That(close.Description, Does.Contain("SessionTakenOver").And.Contain("away"));
    }

    [TestCase(new byte[] { 0xE0, 0 }, MqttReasonCode.Success)]
    [TestCase(new byte[] { 0xE0, 1, 0x8B }, MqttReasonCode.ServerShuttingDown)]
    public async Task A_short_DISCONNECT_is_understood(byte[] packet, MqttReasonCode reason)
    {
        await using var connection = await Broker.ConnectAsync();
        await Broker.SendAsync(packet);
        var close = await connection.ClosesAsync();
        Assert.That((close.Reason, close.ByBroker), Is.EqualTo(((MqttReasonCode?)reason, true)));
    }

    [Test]
    public async Task The_reason_of_a_DISCONNECT_survives_a_failing_write()
    {
        await using var connection = await Broker.ConnectAsync();
        await Broker.SendAsync(0xE0, 1, 0x8E);
        Broker.Hangup();
        while (!connection.Closed.IsCompleted)
        {
            connection.TryPublish("t", "x", qos: 0);
            await Task.Yield();
        }

        Assert.That((await connection.Closed).Reason, Is.EqualTo(MqttReasonCode.SessionTakenOver));
    }

    [Test]
    public async Task While_we_disconnect_nothing_more_is_delivered_but_PUBACKs_still_count()
    {
        var handler = new RecordingHandler();
        await using var connection = await Broker.ConnectAsync(handler);
        connection.TryPublish("t", "x", 1);
        var identifier = Packets.IdentifierOf(await Broker.ReadPacketAsync());
        var disconnecting = connection.DisconnectAsync(MqttReasonCode.Success, Connecting.Soon);
        Assert.That(
            await Broker.ReadPacketAsync(),
            Is.EqualTo(new byte[] { 0xE0, 0 }).Or.EqualTo(new byte[] { 0xE0, 2, 0, 0 })
        );
        await Broker.SendAsync([.. Packets.Publish("late", 9, "x"), .. Packets.PubAck(identifier)]);
        Broker.Hangup();
        await disconnecting;
        Assert.That(handler.Publishes, Is.Empty);
        Assert.That(handler.Outcomes.Single().Outcome, Is.EqualTo(PublishOutcome.Delivered));
    }

    [Test]
    public async Task A_broker_that_ignores_DISCONNECT_is_left_when_the_time_is_over()
    {
        await using var connection = await Broker.ConnectAsync();
        await connection
            .DisconnectAsync(MqttReasonCode.Success, TimeSpan.FromMilliseconds(100))
            .WaitAsync(Connecting.Soon);
        Assert.That((await connection.ClosesAsync()).Reason, Is.EqualTo(MqttReasonCode.Success));
    }

    [Test]
    public async Task An_exception_of_the_handler_ends_the_connection()
    {
        var handler = new RecordingHandler { During = _ => throw new InvalidOperationException("no room left") };
        await using var connection = await Broker.ConnectAsync(handler);
        await Broker.SendAsync(Packets.Publish("t", 1, "x"));
        var goodbye = await Broker.ReadPacketAsync();
        Assert.That(goodbye[2], Is.EqualTo((byte)MqttReasonCode.ImplementationSpecificError));
        Broker.Hangup();
        Assert.That((await connection.ClosesAsync()).Description, Does.Contain("no room left"));
    }
}
