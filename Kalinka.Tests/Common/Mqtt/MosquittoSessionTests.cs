using Kalinka.Common.Mqtt;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Common.Mqtt;

/// <summary>Sessions that outlive their connection, against the real broker.</summary>
internal sealed class MosquittoSessionTests : MosquittoTest
{
    [TestCase(MqttVersion.V5)]
    [TestCase(MqttVersion.V311)]
    public async Task A_resumed_session_gets_again_what_was_not_acknowledged(MqttVersion version)
    {
        var options = Connecting.With(Broker.Options(version), $"resumed-{version}") with
        {
            CleanStart = false,
            SessionExpiry = TimeSpan.FromHours(1),
        };
        var silent = new RecordingHandler { AutoAcknowledge = false };
        var first = await options.ConnectAsync(silent);
        await first.SubscribeAsync($"resume/{version}");
        var publisher = new RecordingHandler();
        await using var other = await Broker.ConnectAsync(publisher);
        for (var n = 1; n <= 3; n++)
        {
            await other.PublishAsync(publisher, $"resume/{version}", $"{n}", n);
        }

        await Eventually.That(() => silent.Publishes.Count == 3, Connecting.Soon, "three messages");
        first.Acknowledge([silent.Publishes.First().PacketIdentifier]);
        await first.DisconnectAsync(MqttReasonCode.Success, Connecting.Soon);

        var resumed = new RecordingHandler();
        await using var second = await options.ConnectAsync(resumed);
        Assert.That(second.Grant.SessionPresent, Is.True);
        await Eventually.That(
            () => resumed.Publishes.Count == 2,
            Connecting.Soon,
            "the two that were not acknowledged"
        );
        Assert.That(resumed.Publishes.Select(p => (p.Text, p.Dup)), Is.EqualTo(new[] { ("2", true), ("3", true) }));
    }

    [Test]
    public async Task Clean_start_in_3_1_1_forgets_the_session()
    {
        var options = Connecting.With(Broker.Options(MqttVersion.V311), "clean-311");
        await using (var first = await options.ConnectAsync())
        {
            await first.SubscribeAsync("clean");
        }

        await using var second = await options.ConnectAsync();
        Assert.That(second.Grant.SessionPresent, Is.False);
    }

    [Test]
    public async Task A_broker_that_is_killed_ends_the_connection_and_every_publish()
    {
        await using var broker = await MosquittoBroker.StartAsync("max_inflight_messages 100");
        var handler = new RecordingHandler();
        await using var connection = await broker.ConnectAsync(handler);
        broker.Suspend();
        for (var n = 0; n < 5; n++)
        {
            connection.TryPublish("killed", "x", n);
        }

        var subscribing = connection.SubscribeAsync("killed");
        await broker.KillAsync();

        var close = await connection.ClosesAsync();
        Assert.That(close.Reason, Is.Null, close.Description);
        Assert.That(
            handler.Outcomes.Select(o => (o.Token, o.Outcome)),
            Is.EqualTo(Enumerable.Range(0, 5).Select(n => ((long)n, PublishOutcome.Unavailable)))
        );
        await Assert.ThatAsync(() => subscribing, Throws.TypeOf<MqttException>());
    }

    [Test]
    public async Task After_a_restart_with_persistence_the_session_is_still_there()
    {
        await using var broker = await MosquittoBroker.StartAsync("persistence true");
        var options = Connecting.With(broker.Options(), "survivor") with
        {
            CleanStart = false,
            SessionExpiry = TimeSpan.FromHours(1),
        };
        await using var first = await options.ConnectAsync();
        await broker.RestartAsync();
        var close = await first.ClosesAsync();
        Assert.That(close.ByBroker, Is.True, close.Description);
        await using var second = await options.ConnectAsync();
        Assert.That(second.Grant.SessionPresent, Is.True);
    }
}
