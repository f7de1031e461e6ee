using Kalinka.Common.Mqtt;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Common.Mqtt;

/// <summary>What the real broker grants and refuses.</summary>
internal sealed class MosquittoGrantTests : MosquittoTest
{
    [Test]
    public async Task The_grant_has_the_defaults_of_the_specification_filled_in()
    {
        await using var connection = await Broker.ConnectAsync();
        var grant = connection.Grant;
        Assert.That(grant.ReceiveMaximum, Is.EqualTo(20), "what mosquitto grants by default");
        Assert.That(grant.MaximumQos, Is.EqualTo(2));
        Assert.That(grant.MaximumPacketSize, Is.GreaterThanOrEqualTo(268_435_455));
        Assert.That(grant.KeepAlive, Is.EqualTo(TimeSpan.FromSeconds(30)));
        Assert.That(
            (grant.SharedSubscriptions, grant.SubscriptionIdentifiers, grant.RetainAvailable),
            Is.EqualTo((true, true, true))
        );
        Assert.That(grant.SessionPresent, Is.False);
    }

    [Test]
    public async Task The_window_that_the_broker_grants_is_kept()
    {
        await using var broker = await MosquittoBroker.StartAsync("max_inflight_messages 3");
        var handler = new RecordingHandler();
        await using var connection = await broker.ConnectAsync(handler);
        Assert.That(connection.Grant.ReceiveMaximum, Is.EqualTo(3));
        broker.Suspend();
        var submissions = Enumerable.Range(0, 5).Select(n => connection.TryPublish("w", "x", n)).ToArray();
        broker.Resume();
        Assert.That(submissions.Count(s => s == PublishSubmission.Accepted), Is.EqualTo(3));
        Assert.That(submissions[3..], Is.All.EqualTo(PublishSubmission.WindowFull));
        await Eventually.That(() => handler.Outcomes.Count == 3, Connecting.Soon, "three outcomes");
        await connection.PublishAsync(handler, "w", "x", 9);
    }

    [Test]
    public async Task A_packet_larger_than_the_broker_takes_is_not_sent()
    {
        await using var broker = await MosquittoBroker.StartAsync("max_packet_size 1000");
        var handler = new RecordingHandler();
        await using var connection = await broker.ConnectAsync(handler);
        Assert.That(connection.Grant.MaximumPacketSize, Is.EqualTo(1000));
        // Fixed header 3, topic 2 + 1, packet identifier 2, no properties 1.
        Assert.That(connection.TryPublish("t", new string('x', 992), 1), Is.EqualTo(PublishSubmission.TooLarge));
        await connection.PublishAsync(handler, "t", new string('x', 991), 2);
    }

    [Test]
    public async Task The_keep_alive_that_the_broker_commands_is_obeyed()
    {
        await using var broker = await MosquittoBroker.StartAsync("max_keepalive 12");
        await using var connection = await broker.ConnectAsync();
        Assert.That(connection.Grant.KeepAlive, Is.EqualTo(TimeSpan.FromSeconds(12)));
    }

    [TestCase(MqttVersion.V5)]
    [TestCase(MqttVersion.V311)]
    public async Task A_wrong_password_is_refused_with_its_reason(MqttVersion version)
    {
        var file = Path.GetTempFileName();
        using var passwd = System.Diagnostics.Process.Start("mosquitto_passwd", $"-b {file} user right");
        await passwd.WaitForExitAsync();
        await using var broker = await MosquittoBroker.StartAsync($"password_file {file}\nallow_anonymous false");
        var right = broker.Options(version) with { Username = "user", Password = "right" };
        await using var connection = await Connecting.With(right).ConnectAsync();

        var refused = await Assert.CatchAsync<MqttException>(() =>
            Connecting.With(right with { Password = "wrong" }).ConnectAsync()
        );

        Assert.That(
            refused!.Reason,
            Is.EqualTo(MqttReasonCode.NotAuthorized).Or.EqualTo(MqttReasonCode.BadUserNameOrPassword)
        );
        Assert.That(refused.Message, Does.Contain($"{refused.Reason}").And.Not.Contain("wrong"));
        File.Delete(file);
    }
}
