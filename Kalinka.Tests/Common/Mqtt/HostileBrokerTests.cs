using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Common.Mqtt;

/// <summary>Whatever bytes come: the connection ends with a reason, the broker hears it, and nobody else is harmed.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class HostileBrokerTests
{
    private static readonly byte[] Topic = [.. "t"u8];

    private FakeBroker _broker = null!;
    private Exception? _unobserved;

    [SetUp]
    public void Listen()
    {
        _broker = new FakeBroker();
        TaskScheduler.UnobservedTaskException += Remember;
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _broker.DisposeAsync();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        TaskScheduler.UnobservedTaskException -= Remember;
        Assert.That(_unobserved, Is.Null);
    }

    private static IEnumerable<TestCaseData> Offences()
    {
        yield return Offence("wildcard in the topic", MqttReasonCode.TopicNameInvalid, PublishTo([.. "a/+"u8]));
        yield return Offence("NUL in the topic", MqttReasonCode.TopicNameInvalid, PublishTo([.. "a\0"u8]));
        yield return Offence("topic not UTF-8", MqttReasonCode.MalformedPacket, PublishTo([0xC3, 0x28]));
        yield return Offence("surrogate in the topic", MqttReasonCode.MalformedPacket, PublishTo([0xED, 0xA0, 0x80]));
        yield return Offence("empty topic", MqttReasonCode.ProtocolError, PublishTo([]));
        yield return Offence("packet identifier 0", MqttReasonCode.ProtocolError, Packets.Publish("t", 0, "x"));
        yield return Offence("QoS 2", MqttReasonCode.ProtocolError, Packets.PublishRaw(0x34, Topic, 1, "x", []));
        yield return Offence("QoS 3", MqttReasonCode.MalformedPacket, Packets.PublishRaw(0x36, Topic, 1, "x", []));
        yield return Offence("topic alias", MqttReasonCode.TopicAliasInvalid, Packets.Publish("t", 1, "x", 0x23, 0, 1));
        yield return Offence("alias alone", MqttReasonCode.TopicAliasInvalid, Packets.Publish("", 1, "x", 0x23, 0, 1));
        yield return Offence("foreign property", MqttReasonCode.MalformedPacket, Packets.Publish("t", 1, "x", 0x11, 0));
        yield return Offence("cut property", MqttReasonCode.MalformedPacket, Packets.Publish("t", 1, "x", 0x02, 0));
        yield return Offence("properties too long", MqttReasonCode.MalformedPacket, 0x30, 4, 0, 1, 116, 9);
        yield return Offence("topic too long", MqttReasonCode.MalformedPacket, 0x30, 3, 0, 9, 116);
        yield return Offence("PUBLISH of nothing", MqttReasonCode.MalformedPacket, 0x30, 0);
        yield return Offence("five length bytes", MqttReasonCode.MalformedPacket, 0x30, 0xFF, 0xFF, 0xFF, 0xFF, 1);
        yield return Offence("256 MB", MqttReasonCode.PacketTooLarge, 0x30, 0xFF, 0xFF, 0xFF, 0x7F);
        yield return Offence("PUBACK 0", MqttReasonCode.MalformedPacket, 0x40, 2, 0, 0);
        yield return Offence("PUBACK with flags", MqttReasonCode.MalformedPacket, 0x41, 2, 0, 1);
        yield return Offence("PUBACK of one byte", MqttReasonCode.MalformedPacket, 0x40, 1, 1);
        yield return Offence("PUBACK properties", MqttReasonCode.MalformedPacket, 0x40, 4, 0, 1, 0, 9);
        yield return Offence("SUBACK with flags", MqttReasonCode.MalformedPacket, 0x91, 4, 0, 1, 0, 0);
        yield return Offence("SUBACK of nothing", MqttReasonCode.MalformedPacket, 0x90, 0);
        yield return Offence("UNSUBACK cut", MqttReasonCode.MalformedPacket, 0xB0, 1, 1);
        yield return Offence("PINGRESP with a body", MqttReasonCode.ProtocolError, 0xD0, 1, 0);
        yield return Offence("a second CONNACK", MqttReasonCode.ProtocolError, 0x20, 3, 0, 0, 0);
        yield return Offence("PUBREC", MqttReasonCode.ProtocolError, 0x50, 2, 0, 1);
        yield return Offence("AUTH", MqttReasonCode.ProtocolError, 0xF0, 0);
        yield return Offence("packet type 0", MqttReasonCode.ProtocolError, 0, 0);
    }

    [TestCaseSource(nameof(Offences))]
    public async Task An_offence_ends_the_connection_with_its_reason(byte[] bytes, MqttReasonCode reason)
    {
        var handler = new RecordingHandler();
        await using var connection = await _broker.ConnectAsync(handler);
        await _broker.SendAsync(bytes);
        var goodbye = await _broker.ReadPacketAsync();
        Assert.That((goodbye[0], (MqttReasonCode)goodbye[2]), Is.EqualTo((0xE0, reason)));
        _broker.Hangup();
        var close = await connection.ClosesAsync();
        Assert.That((close.Reason, close.ByBroker), Is.EqualTo(((MqttReasonCode?)reason, false)));
        Assert.That(close.Description, Does.StartWith("the broker "));
        Assert.That(handler.Publishes, Is.Empty);
    }

    [Test]
    public async Task In_3_1_1_an_offence_ends_the_connection_without_a_DISCONNECT()
    {
        await using var connection = await _broker.ConnectAsync(version: MqttVersion.V311);
        await _broker.SendAsync(0x36, 3, 0, 1, 116);
        Assert.That(await _broker.Stream.ReadAsync(new byte[1]), Is.Zero, "end of the stream");
        _broker.Hangup();
        Assert.That((await connection.ClosesAsync()).Reason, Is.EqualTo(MqttReasonCode.MalformedPacket));
    }

    [Test]
    public async Task A_broker_that_does_not_listen_to_the_farewell_is_left_soon()
    {
        await using var connection = await _broker.ConnectAsync();
        await _broker.SendAsync(0, 0);
        Assert.That((await connection.ClosesAsync()).Reason, Is.EqualTo(MqttReasonCode.ProtocolError));
    }

    [Test]
    public async Task A_stream_cut_at_any_byte_just_ends()
    {
        byte[] stream =
        [
            .. Packets.Publish("a/b", 1, "xyz", 0x01, 1),
            .. Packets.PubAck(4, MqttReasonCode.Success),
            0xD0,
            0,
        ];
        for (var length = 0; length <= stream.Length; length++)
        {
            var handler = new RecordingHandler();
            await using var connection = await _broker.ConnectAsync(handler);
            await _broker.SendAsync(stream[..length]);
            _broker.Hangup();
            var close = await connection.ClosesAsync();
            Assert.That(close.Reason, Is.Null, close.Description);
            Assert.That(handler.Publishes, Has.Count.EqualTo(length >= stream.Length - 7 ? 1 : 0), $"cut at {length}");
        }
    }

    [Test]
    public async Task A_packet_in_single_bytes_is_the_same_packet()
    {
        var handler = new RecordingHandler();
        await using var connection = await _broker.ConnectAsync(handler);
        foreach (var single in Packets.Publish("slow", 1, new string('x', 300)))
        {
            await _broker.SendAsync(single);
        }

        Assert.That((await _broker.ReadPacketAsync())[0], Is.EqualTo(0x40), "acknowledged");
        Assert.That(handler.Publishes.Single().Text, Is.EqualTo(new string('x', 300)));
    }

    [Test]
    public async Task Flipped_bits_never_harm_the_process_or_another_connection()
    {
        await using var bystanders = new FakeBroker();
        await using var bystander = await bystanders.ConnectAsync();
        byte[] stream =
        [
            .. Packets.Publish("a/b", 1, "xyz", 0x01, 1, 0x26, 0, 1, 65, 0, 1, 66),
            .. Packets.PubAck(4, MqttReasonCode.Success),
            .. (byte[])[0x90, 4, 0, 1, 0, 1],
            .. (byte[])[0xB0, 4, 0, 2, 0, 0],
            .. (byte[])[0xE0, 2, 0x8B, 0],
        ];
        for (var bit = 0; bit < 8 * stream.Length; bit++)
        {
            var flipped = stream.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            await AbuseAsync(flipped);
        }

        Assert.That(bystander.Closed.IsCompleted, Is.False);
    }

    [Test]
    public async Task Random_garbage_ends_the_connection()
    {
        var random = new Random(4711);
        for (var round = 0; round < 200; round++)
        {
            var garbage = new byte[random.Next(1, 400)];
            random.NextBytes(garbage);
            await AbuseAsync(garbage);
        }
    }

    private async Task AbuseAsync(byte[] bytes)
    {
        await using var connection = await _broker.ConnectAsync();
        await _broker.SendAsync(bytes);
        _broker.Hangup();
        var close = await connection.ClosesAsync();
        Assert.That(close.Description, Is.Not.Empty.And.Not.Contain("Object reference").And.Not.Contain("Index"));
    }

    private void Remember(object? sender, UnobservedTaskExceptionEventArgs unobserved) =>
        _unobserved = unobserved.Exception;

    private static byte[] PublishTo(byte[] topic) => Packets.PublishRaw(0x32, topic, 1, "x", []);

    private static TestCaseData Offence(string name, MqttReasonCode reason, params byte[] bytes) =>
        new TestCaseData(bytes, reason).SetArgDisplayNames(name);
}
