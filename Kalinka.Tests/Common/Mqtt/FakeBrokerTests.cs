using System.Text;
using Kalinka.Common.Mqtt;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Common.Mqtt;

/// <summary>What a mosquitto cannot be made to do, byte by byte.</summary>
[TestFixture]
internal sealed class FakeBrokerTests
{
    private FakeBroker _broker = null!;

    [SetUp]
    public void Listen() => _broker = new FakeBroker();

    [TearDown]
    public async Task StopAsync() => await _broker.DisposeAsync();

    [Test]
    public async Task Acknowledgements_leave_in_the_order_in_which_they_are_given()
    {
        await using var connection = await _broker.ConnectAsync();
        connection.Acknowledge([7, 3]);
        connection.Acknowledge([65535]);
        connection.Acknowledge([]);
        connection.Acknowledge([1]);
        var acknowledged = new List<int>();
        for (var n = 0; n < 4; n++)
        {
            var packet = await _broker.ReadPacketAsync();
            Assert.That(packet[..2], Is.EqualTo(new byte[] { 0x40, 2 }));
            acknowledged.Add((packet[2] << 8) | packet[3]);
        }

        Assert.That(acknowledged, Is.EqualTo(new[] { 7, 3, 65535, 1 }));
    }

    [Test]
    public async Task An_acknowledgement_never_reaches_a_later_connection()
    {
        var first = await _broker.ConnectAsync();
        _broker.Hangup();
        await first.ClosesAsync();
        await using var second = await _broker.ConnectAsync();
        first.Acknowledge([1]);
        second.Acknowledge([2]);
        Assert.That(await _broker.ReadPacketAsync(), Is.EqualTo(Packets.PubAck(2)));
    }

    [TestCase(MqttReasonCode.Success, PublishOutcome.Delivered)]
    [TestCase(MqttReasonCode.NoMatchingSubscribers, PublishOutcome.NoSubscriber)]
    [TestCase(MqttReasonCode.NotAuthorized, PublishOutcome.Rejected)]
    [TestCase(MqttReasonCode.PayloadFormatInvalid, PublishOutcome.Rejected)]
    [TestCase(MqttReasonCode.QuotaExceeded, PublishOutcome.Unavailable)]
    public async Task The_reason_code_of_a_PUBACK_decides_the_outcome(MqttReasonCode reason, PublishOutcome outcome)
    {
        var handler = new RecordingHandler();
        await using var connection = await _broker.ConnectAsync(handler);
        connection.TryPublish("t", "x", 5);
        var identifier = Packets.IdentifierOf(await _broker.ReadPacketAsync());
        await _broker.SendAsync(Packets.PubAck(identifier, reason));
        await _broker.SendAsync(Packets.PubAck(identifier, reason));
        await Eventually.That(() => !handler.Outcomes.IsEmpty, Connecting.Soon, "the outcome");
        await connection.DisposeAsync();
        Assert.That(handler.Outcomes, Is.EqualTo(new[] { new SeenOutcome(5, outcome, reason) }), "once, not twice");
    }

    [Test]
    public async Task The_broker_says_that_the_session_was_taken_over()
    {
        await using var connection = await _broker.ConnectAsync();
        byte[] reasonString = [0x1F, 0, 4, .. "away"u8];
        await _broker.SendAsync(Packets.Packet(0xE0, [0x8E, (byte)reasonString.Length, .. reasonString]));
        var close = await connection.ClosesAsync();
        Assert.That(close.Reason, Is.EqualTo(MqttReasonCode.SessionTakenOver));
        Assert.That(close.ByBroker, Is.True);
        Assert.That(close.Description, Does.Contain("SessionTakenOver").And.Contain("away"));
    }

    [TestCase(new byte[] { 0xE0, 0 }, MqttReasonCode.Success)]
    [TestCase(new byte[] { 0xE0, 1, 0x8B }, MqttReasonCode.ServerShuttingDown)]
    public async Task A_short_DISCONNECT_is_understood(byte[] packet, MqttReasonCode reason)
    {
        await using var connection = await _broker.ConnectAsync();
        await _broker.SendAsync(packet);
        var close = await connection.ClosesAsync();
        Assert.That((close.Reason, close.ByBroker), Is.EqualTo(((MqttReasonCode?)reason, true)));
    }

    [Test]
    public async Task The_reason_of_a_DISCONNECT_survives_a_failing_write()
    {
        await using var connection = await _broker.ConnectAsync();
        await _broker.SendAsync(0xE0, 1, 0x8E);
        _broker.Hangup();
        while (!connection.Closed.IsCompleted)
        {
            connection.TryPublish("t", "x", qos: 0);
            await Task.Yield();
        }

        Assert.That((await connection.Closed).Reason, Is.EqualTo(MqttReasonCode.SessionTakenOver));
    }

    [Test]
    public async Task Every_accepted_publish_ends_once_and_the_oldest_first_when_the_connection_ends()
    {
        var handler = new RecordingHandler();
        await using var connection = await _broker.ConnectAsync(handler);
        for (var n = 1; n <= 5; n++)
        {
            connection.TryPublish("t", "x", n);
        }

        for (var n = 1; n <= 5; n++)
        {
            var identifier = Packets.IdentifierOf(await _broker.ReadPacketAsync());
            if (n == 3)
            {
                await _broker.SendAsync(Packets.PubAck(identifier));
            }
        }

        await Eventually.That(() => !handler.Outcomes.IsEmpty, Connecting.Soon, "the outcome of the third");
        _broker.Hangup();
        await connection.ClosesAsync();
        Assert.That(handler.Outcomes.Select(o => o.Token), Is.EqualTo(new long[] { 3, 1, 2, 4, 5 }));
        Assert.That(handler.Outcomes.Skip(1).Select(o => o.Outcome), Is.All.EqualTo(PublishOutcome.Unavailable));
        Assert.That(connection.InFlight, Is.Zero);
    }

    [Test]
    public async Task Publishing_while_the_connection_ends_loses_nothing_and_reports_nothing_twice()
    {
        for (var round = 0; round < 20; round++)
        {
            var handler = new RecordingHandler();
            await using var connection = await _broker.ConnectAsync(handler);
            var publishing = Enumerable
                .Range(0, 3)
                .Select(n => Task.Run(() => PublishUntilClosed(connection, n)))
                .ToArray();
            await _broker.ReadPacketAsync();
            _broker.Hangup();
            var accepted = (await Task.WhenAll(publishing)).SelectMany(tokens => tokens).ToArray();
            await connection.ClosesAsync();
            Assert.That(handler.Outcomes.Select(o => o.Token), Is.EquivalentTo(accepted));
        }
    }

    [Test]
    public async Task A_full_window_refuses_and_a_PUBACK_makes_room()
    {
        byte[] receiveMaximum3 = [0x20, 6, 0, 0, 3, 0x21, 0, 3];
        var handler = new RecordingHandler();
        await using var connection = await _broker.ConnectAsync(handler, receiveMaximum3);
        var identifiers = new HashSet<int>();
        for (var n = 0; n < 3; n++)
        {
            Assert.That(connection.TryPublish("t", "x", n), Is.EqualTo(PublishSubmission.Accepted));
            identifiers.Add(Packets.IdentifierOf(await _broker.ReadPacketAsync()));
        }

        Assert.That(identifiers, Has.Count.EqualTo(3));
        Assert.That(connection.InFlight, Is.EqualTo(3));
        Assert.That(connection.TryPublish("t", "x", 3), Is.EqualTo(PublishSubmission.WindowFull));
        Assert.That(
            connection.TryPublish("t", "x", qos: 0),
            Is.EqualTo(PublishSubmission.Accepted),
            "QoS 0 has no window"
        );
        await _broker.SendAsync(Packets.PubAck(identifiers.Last()));
        await Eventually.That(() => connection.InFlight == 2, Connecting.Soon, "the PUBACK");
        Assert.That(connection.TryPublish("t", "x", 3), Is.EqualTo(PublishSubmission.Accepted));
    }

    [Test]
    public async Task A_flood_of_QoS_0_into_a_blocked_socket_is_refused_and_told_when_there_is_room()
    {
        var handler = new RecordingHandler();
        await using var connection = await _broker.ConnectAsync(
            handler,
            limits: new MqttLimits(OutgoingBytes: 100_000)
        );
        var payload = new string('x', 10_000);
        var accepted = 0;
        while (connection.TryPublish("t", payload, qos: 0) == PublishSubmission.Accepted)
        {
            Assert.That(++accepted, Is.LessThan(10_000), "memory is bounded");
        }

        var drained = _broker.Stream.CopyToAsync(Stream.Null);
        await Eventually.That(() => handler.RoomCalls > 0, Connecting.Soon, "room");
        Assert.That(connection.TryPublish("t", payload, qos: 0), Is.EqualTo(PublishSubmission.Accepted));
        var disconnecting = connection.DisconnectAsync(MqttReasonCode.Success, Connecting.Soon);
        await drained;
        _broker.Hangup();
        await disconnecting;
    }

    [Test]
    public async Task While_we_disconnect_nothing_more_is_delivered_but_PUBACKs_still_count()
    {
        var handler = new RecordingHandler();
        await using var connection = await _broker.ConnectAsync(handler);
        connection.TryPublish("t", "x", 1);
        var identifier = Packets.IdentifierOf(await _broker.ReadPacketAsync());
        var disconnecting = connection.DisconnectAsync(MqttReasonCode.Success, Connecting.Soon);
        Assert.That(
            await _broker.ReadPacketAsync(),
            Is.EqualTo(new byte[] { 0xE0, 0 }).Or.EqualTo(new byte[] { 0xE0, 2, 0, 0 })
        );
        await _broker.SendAsync([.. Packets.Publish("late", 9, "x"), .. Packets.PubAck(identifier)]);
        _broker.Hangup();
        await disconnecting;
        Assert.That(handler.Publishes, Is.Empty);
        Assert.That(handler.Outcomes.Single().Outcome, Is.EqualTo(PublishOutcome.Delivered));
    }

    [Test]
    public async Task A_broker_that_ignores_DISCONNECT_is_left_when_the_time_is_over()
    {
        await using var connection = await _broker.ConnectAsync();
        await connection
            .DisconnectAsync(MqttReasonCode.Success, TimeSpan.FromMilliseconds(100))
            .WaitAsync(Connecting.Soon);
        Assert.That((await connection.ClosesAsync()).Reason, Is.EqualTo(MqttReasonCode.Success));
    }

    [Test]
    public async Task An_exception_of_the_handler_ends_the_connection()
    {
        var handler = new RecordingHandler { During = _ => throw new InvalidOperationException("no room left") };
        await using var connection = await _broker.ConnectAsync(handler);
        await _broker.SendAsync(Packets.Publish("t", 1, "x"));
        var goodbye = await _broker.ReadPacketAsync();
        Assert.That(goodbye[2], Is.EqualTo((byte)MqttReasonCode.ImplementationSpecificError));
        _broker.Hangup();
        Assert.That((await connection.ClosesAsync()).Description, Does.Contain("no room left"));
    }

    [Test]
    public async Task More_than_the_receive_maximum_is_tolerated()
    {
        var handler = new RecordingHandler { AutoAcknowledge = false };
        var options = Connecting.With(_broker.Options()) with { ReceiveMaximum = 2 };
        var connecting = options.ConnectAsync(handler);
        await _broker.AcceptAsync();
        await using var connection = await connecting;
        for (var n = 1; n <= 10; n++)
        {
            await _broker.SendAsync(Packets.Publish("t", n, $"{n}"));
        }

        await Eventually.That(() => handler.Publishes.Count == 10, Connecting.Soon, "all ten");
        Assert.That(connection.Closed.IsCompleted, Is.False);
    }

    [Test]
    public async Task CONNECT_says_what_was_asked_for()
    {
        var options = new MqttConnectOptions(
            _broker.Options() with
            {
                Username = "me",
                Password = "secret",
            },
            "id",
            CleanStart: false,
            SessionExpiry: TimeSpan.FromSeconds(86_400),
            ReceiveMaximum: 500,
            KeepAlive: TimeSpan.FromSeconds(61),
            ConnectTimeout: Connecting.Soon
        );
        var connecting = options.ConnectAsync(limits: new MqttLimits(MaximumPacketSize: 70_000));
        var connect = await _broker.AcceptAsync();
        await using var connection = await connecting;

        Assert.That(connect[2..12], Is.EqualTo((byte[])[0, 4, .. "MQTT"u8, 5, 0b1100_0000, 0, 61]));
        var properties = connect[13..(13 + connect[12])];
        Assert.That(Find(properties, 0x11, 4), Is.EqualTo(new byte[] { 0, 1, 0x51, 0x80 }), "Session Expiry Interval");
        Assert.That(Find(properties, 0x21, 2), Is.EqualTo(new byte[] { 1, 0xF4 }), "Receive Maximum");
        Assert.That(Find(properties, 0x27, 4), Is.EqualTo(new byte[] { 0, 1, 0x11, 0x70 }), "Maximum Packet Size");
        Assert.That(
            Encoding.ASCII.GetString(connect[(13 + connect[12])..]),
            Is.EqualTo("\0\u0002id\0\u0002me\0\u0006secret")
        );
    }

    private static byte[]? Find(byte[] properties, byte identifier, int size)
    {
        for (var at = 0; at < properties.Length; )
        {
            var length = properties[at] switch
            {
                0x11 or 0x27 => 4,
                0x21 or 0x22 => 2,
                0x17 or 0x19 => 1,
                var other => throw new AssertionException($"property 0x{other:X2}"),
            };
            if (properties[at] == identifier && length == size)
            {
                return properties[(at + 1)..(at + 1 + length)];
            }

            at += 1 + length;
        }

        return null;
    }

    private static List<long> PublishUntilClosed(IMqttConnection connection, int publisher)
    {
        var accepted = new List<long>();
        for (var n = 0; ; n++)
        {
            var token = publisher * 1_000_000L + n;
            switch (connection.TryPublish("t", "x", token))
            {
                case PublishSubmission.Accepted:
                    accepted.Add(token);
                    break;
                case PublishSubmission.Closed:
                    return accepted;
            }

            Thread.Yield();
        }
    }
}
