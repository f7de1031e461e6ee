using Kalinka.Common.Mqtt;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Common.Mqtt;

/// <summary>Against the real broker.</summary>
[TestFixture]
internal sealed class MosquittoTests
{
    private MosquittoBroker _broker = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _broker = await MosquittoBroker.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _broker.DisposeAsync();

    [TestCase(MqttVersion.V5)]
    [TestCase(MqttVersion.V311)]
    public async Task What_is_published_comes_back_byte_for_byte(MqttVersion version)
    {
        var handler = new RecordingHandler();
        await using var connection = await Connecting
            .With(_broker.Options(version), $"echo-{version}")
            .ConnectAsync(handler);
        Assert.That(await connection.SubscribeAsync($"echo/{version}/+"), Is.EqualTo(MqttReasonCode.GrantedQos1));

        var outcome = await connection.PublishAsync(handler, $"echo/{version}/ü", "Grüße\0\u0001", 7);

        Assert.That(outcome, Is.EqualTo(new SeenOutcome(7, PublishOutcome.Delivered, MqttReasonCode.Success)));
        await Eventually.That(() => !handler.Publishes.IsEmpty, Connecting.Soon, "the message");
        var seen = handler.Publishes.Single();
        Assert.That((seen.Topic, seen.Text, seen.Qos), Is.EqualTo(($"echo/{version}/ü", "Grüße\0\u0001", 1)));
        Assert.That(connection.InFlight, Is.Zero);
    }

    [Test]
    public async Task Properties_and_subscription_identifier_travel()
    {
        var handler = new RecordingHandler();
        await using var connection = await _broker.ConnectAsync(handler);
        await connection.SubscribeAsync(new MqttSubscription("props", 1, Identifier: 300_000), CancellationToken.None);
        var properties = new PublishPropertiesWriter();
        properties.TryAddContentType("text/plain"u8);
        properties.TryAddUserProperty("name"u8, "wert"u8);

        var submission = connection.TryPublish(
            new OutgoingPublish
            {
                Topic = "props"u8,
                Payload = "x"u8,
                Qos = 0,
                Retain = false,
                ExpirySeconds = 100,
                Properties = properties.Written,
            },
            0
        );

        Assert.That(submission, Is.EqualTo(PublishSubmission.Accepted));
        await Eventually.That(() => !handler.Publishes.IsEmpty, Connecting.Soon, "the message");
        var seen = handler.Publishes.Single();
        Assert.That(seen.Qos, Is.Zero);
        Assert.That(seen.ContentType, Is.EqualTo("text/plain"));
        Assert.That(seen.UserProperty, Is.EqualTo("wert"));
        Assert.That(seen.ExpirySeconds, Is.InRange(99, 100));
        Assert.That(seen.SubscriptionIdentifier, Is.EqualTo(300_000));
    }

    [Test]
    public async Task Nobody_listening_is_an_outcome_of_its_own()
    {
        var handler = new RecordingHandler();
        await using var connection = await _broker.ConnectAsync(handler);

        var outcome = await connection.PublishAsync(handler, "nobody/here", "x", 1);

        Assert.That(outcome.Outcome, Is.EqualTo(PublishOutcome.NoSubscriber));
        Assert.That(outcome.Reason, Is.EqualTo(MqttReasonCode.NoMatchingSubscribers));
    }

    [Test]
    public async Task The_grant_has_the_defaults_of_the_specification_filled_in()
    {
        await using var connection = await _broker.ConnectAsync();
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

    [TestCase(MqttVersion.V5)]
    [TestCase(MqttVersion.V311)]
    public async Task A_resumed_session_gets_again_what_was_not_acknowledged(MqttVersion version)
    {
        var options = Connecting.With(_broker.Options(version), $"resumed-{version}") with
        {
            CleanStart = false,
            SessionExpiry = TimeSpan.FromHours(1),
        };
        var silent = new RecordingHandler { AutoAcknowledge = false };
        var first = await options.ConnectAsync(silent);
        await first.SubscribeAsync($"resume/{version}");
        var publisher = new RecordingHandler();
        await using var other = await _broker.ConnectAsync(publisher);
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
        var options = Connecting.With(_broker.Options(MqttVersion.V311), "clean-311");
        await using (var first = await options.ConnectAsync())
        {
            await first.SubscribeAsync("clean");
        }

        await using var second = await options.ConnectAsync();
        Assert.That(second.Grant.SessionPresent, Is.False);
    }

    [Test]
    public async Task Disconnecting_sends_what_is_queued_first_and_only_once()
    {
        var handler = new RecordingHandler();
        await using var receiver = await _broker.ConnectAsync(handler);
        await receiver.SubscribeAsync("last/words");
        var publisher = new RecordingHandler();
        var connection = await _broker.ConnectAsync(publisher);
        for (var n = 0; n < 20; n++)
        {
            connection.TryPublish("last/words", new string('x', 50_000), n);
        }

        await connection.DisconnectAsync(MqttReasonCode.Success, Connecting.Soon);
        await connection.DisconnectAsync(MqttReasonCode.Success, Connecting.Soon);

        var close = await connection.Closed;
        Assert.That((close.Reason, close.ByBroker), Is.EqualTo(((MqttReasonCode?)MqttReasonCode.Success, false)));
        await Eventually.That(() => handler.Publishes.Count == 20, Connecting.Soon, "all that was queued");
        Assert.That(publisher.Outcomes.Select(o => o.Token), Is.EqualTo(Enumerable.Range(0, 20)));
        Assert.That(connection.TryPublish("late", "x"), Is.EqualTo(PublishSubmission.Closed));
    }

    [Test]
    public async Task Several_subscriptions_may_be_under_way_at_once_and_an_unsubscription_is_answered()
    {
        await using var connection = await _broker.ConnectAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(n => connection.SubscribeAsync($"many/{n}")));
        Assert.That(answers, Is.All.EqualTo(MqttReasonCode.GrantedQos1));
        var known = await connection.UnsubscribeAsync("many/1", CancellationToken.None);
        var unknown = await connection.UnsubscribeAsync("never/subscribed", CancellationToken.None);
        Assert.That((known, unknown), Is.EqualTo((MqttReasonCode.Success, MqttReasonCode.NoSubscriptionExisted)));
    }

    [Test]
    public async Task A_filter_that_MQTT_cannot_say_is_refused_and_harms_nothing()
    {
        await using var connection = await _broker.ConnectAsync();
        await Assert.ThatAsync(
            () => connection.SubscribeAsync(new string('f', 70_000)),
            Throws.TypeOf<MqttException>()
        );
        Assert.That(await connection.SubscribeAsync("harmless"), Is.EqualTo(MqttReasonCode.GrantedQos1));
    }

    [Test]
    public async Task Megabytes_travel_both_ways()
    {
        var handler = new RecordingHandler();
        await using var connection = await _broker.ConnectAsync(handler);
        await connection.SubscribeAsync("large");
        var payload = new string('m', 3_000_000);
        for (var n = 0; n < 3; n++)
        {
            await connection.PublishAsync(handler, "large", payload + n, n);
        }

        await Eventually.That(() => handler.Publishes.Count == 3, Connecting.Soon, "three large messages");
        Assert.That(handler.Publishes.Select(p => p.Text), Is.EqualTo(new[] { payload + 0, payload + 1, payload + 2 }));
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
