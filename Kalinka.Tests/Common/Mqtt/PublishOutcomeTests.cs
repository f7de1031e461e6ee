using Kalinka.Common.Mqtt;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Common.Mqtt;

/// <summary>What becomes of what we publish, at a broker that does what no mosquitto can be made to do.</summary>
internal sealed class PublishOutcomeTests : FakeBrokerTest
{
    [TestCase(MqttReasonCode.Success, PublishOutcome.Delivered)]
    [TestCase(MqttReasonCode.NoMatchingSubscribers, PublishOutcome.NoSubscriber)]
    [TestCase(MqttReasonCode.NotAuthorized, PublishOutcome.Rejected)]
    [TestCase(MqttReasonCode.PayloadFormatInvalid, PublishOutcome.Rejected)]
    [TestCase(MqttReasonCode.QuotaExceeded, PublishOutcome.Unavailable)]
    public async Task The_reason_code_of_a_PUBACK_decides_the_outcome(MqttReasonCode reason, PublishOutcome outcome)
    {
        var handler = new RecordingHandler();
        await using var connection = await Broker.ConnectAsync(handler);
        connection.TryPublish("t", "x", 5);
        var identifier = Packets.IdentifierOf(await Broker.ReadPacketAsync());
        await Broker.SendAsync(Packets.PubAck(identifier, reason));
        await Broker.SendAsync(Packets.PubAck(identifier, reason));
        await Eventually.That(() => !handler.Outcomes.IsEmpty, Connecting.Soon, "the outcome");
        await connection.DisposeAsync();
        Assert.That(handler.Outcomes, Is.EqualTo(new[] { new SeenOutcome(5, outcome, reason) }), "once, not twice");
    }

    [Test]
    public async Task Every_accepted_publish_ends_once_and_the_oldest_first_when_the_connection_ends()
    {
        var handler = new RecordingHandler();
        await using var connection = await Broker.ConnectAsync(handler);
        for (var n = 1; n <= 5; n++)
        {
            connection.TryPublish("t", "x", n);
        }

        for (var n = 1; n <= 5; n++)
        {
            var identifier = Packets.IdentifierOf(await Broker.ReadPacketAsync());
            if (n == 3)
            {
                await Broker.SendAsync(Packets.PubAck(identifier));
            }
        }

        await Eventually.That(() => !handler.Outcomes.IsEmpty, Connecting.Soon, "the outcome of the third");
        Broker.Hangup();
        await connection.ClosesAsync();
        Assert.That(handler.Outcomes.Select(o => o.Token), Is.EqualTo(new long[] { 3, 1, 2, 4, 5 }));
        Assert.That(handler.Outcomes.Skip(1).Select(o => o.Outcome), Is.All.EqualTo(PublishOutcome.Unavailable));
        Assert.That(connection.InFlight, Is.Zero);
    }

    [Test]
    public async Task PUBACKs_that_gather_before_they_are_read_end_each_publish_in_their_order()
    {
        var handler = new RecordingHandler { MayGather = true };
        await using var connection = await Broker.ConnectAsync(handler);
        var tokens = Enumerable.Range(1, 200).Select(n => (long)n).ToArray();
        foreach (var token in tokens)
        {
            connection.TryPublish("t", "x", token);
        }

        foreach (var _ in tokens)
        {
            await Broker.SendAsync(Packets.PubAck(Packets.IdentifierOf(await Broker.ReadPacketAsync())));
        }

        await Eventually.That(() => handler.Outcomes.Count == tokens.Length, Connecting.Soon, "all outcomes");
        Assert.That(handler.Outcomes.Select(o => o.Token), Is.EqualTo(tokens));
    }

    [Test]
    public async Task Publishing_while_the_connection_ends_loses_nothing_and_reports_nothing_twice()
    {
        for (var round = 0; round < 20; round++)
        {
            var handler = new RecordingHandler();
            await using var connection = await Broker.ConnectAsync(handler);
            var publishing = Enumerable
                .Range(0, 3)
                .Select(n => Task.Run(() => PublishUntilClosed(connection, n)))
                .ToArray();
            await Broker.ReadPacketAsync();
            Broker.Hangup();
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
        await using var connection = await Broker.ConnectAsync(handler, receiveMaximum3);
        var identifiers = new HashSet<int>();
        for (var n = 0; n < 3; n++)
        {
            Assert.That(connection.TryPublish("t", "x", n), Is.EqualTo(PublishSubmission.Accepted));
            identifiers.Add(Packets.IdentifierOf(await Broker.ReadPacketAsync()));
        }

        Assert.That(identifiers, Has.Count.EqualTo(3));
        Assert.That(connection.InFlight, Is.EqualTo(3));
        Assert.That(connection.TryPublish("t", "x", 3), Is.EqualTo(PublishSubmission.WindowFull));
        Assert.That(
            connection.TryPublish("t", "x", qos: 0),
            Is.EqualTo(PublishSubmission.Accepted),
            "QoS 0 has no window"
        );
        await Broker.SendAsync(Packets.PubAck(identifiers.Last()));
        await Eventually.That(() => connection.InFlight == 2, Connecting.Soon, "the PUBACK");
        Assert.That(connection.TryPublish("t", "x", 3), Is.EqualTo(PublishSubmission.Accepted));
    }

    [Test]
    public async Task A_flood_of_QoS_0_into_a_blocked_socket_is_refused_and_told_when_there_is_room()
    {
        var handler = new RecordingHandler();
        await using var connection = await Broker.ConnectAsync(handler, limits: new MqttLimits(OutgoingBytes: 100_000));
        var payload = new string('x', 10_000);
        var accepted = 0;
        while (connection.TryPublish("t", payload, qos: 0) == PublishSubmission.Accepted)
        {
            Assert.That(++accepted, Is.LessThan(10_000), "memory is bounded");
        }

        var drained = Broker.Stream.CopyToAsync(Stream.Null);
        await Eventually.That(() => handler.RoomCalls > 0, Connecting.Soon, "room");
        Assert.That(connection.TryPublish("t", payload, qos: 0), Is.EqualTo(PublishSubmission.Accepted));
        var disconnecting = connection.DisconnectAsync(MqttReasonCode.Success, Connecting.Soon);
        await drained;
        Broker.Hangup();
        await disconnecting;
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
