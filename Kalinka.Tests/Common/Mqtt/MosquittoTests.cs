using Kalinka.Common.Mqtt;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Common.Mqtt;

/// <summary>Messages and subscriptions, against the real broker.</summary>
internal sealed class MosquittoTests : MosquittoTest
{
    [TestCase(MqttVersion.V5)]
    [TestCase(MqttVersion.V311)]
    public async Task What_is_published_comes_back_byte_for_byte(MqttVersion version)
    {
        var handler = new RecordingHandler();
        await using var connection = await Connecting
            .With(Broker.Options(version), $"echo-{version}")
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
        await using var connection = await Broker.ConnectAsync(handler);
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
        await using var connection = await Broker.ConnectAsync(handler);

        var outcome = await connection.PublishAsync(handler, "nobody/here", "x", 1);

        Assert.That(outcome.Outcome, Is.EqualTo(PublishOutcome.NoSubscriber));
        Assert.That(outcome.Reason, Is.EqualTo(MqttReasonCode.NoMatchingSubscribers));
    }

    [Test]
    public async Task Disconnecting_sends_what_is_queued_first_and_only_once()
    {
        var handler = new RecordingHandler();
        await using var receiver = await Broker.ConnectAsync(handler);
        await receiver.SubscribeAsync("last/words");
        var publisher = new RecordingHandler();
        var connection = await Broker.ConnectAsync(publisher);
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
        await using var connection = await Broker.ConnectAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(n => connection.SubscribeAsync($"many/{n}")));
        Assert.That(answers, Is.All.EqualTo(MqttReasonCode.GrantedQos1));
        var known = await connection.UnsubscribeAsync("many/1", CancellationToken.None);
        var unknown = await connection.UnsubscribeAsync("never/subscribed", CancellationToken.None);
        Assert.That((known, unknown), Is.EqualTo((MqttReasonCode.Success, MqttReasonCode.NoSubscriptionExisted)));
    }

    [Test]
    public async Task A_filter_that_MQTT_cannot_say_is_refused_and_harms_nothing()
    {
        await using var connection = await Broker.ConnectAsync();
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
        await using var connection = await Broker.ConnectAsync(handler);
        await connection.SubscribeAsync("large");
        var payload = new string('m', 3_000_000);
        for (var n = 0; n < 3; n++)
        {
            await connection.PublishAsync(handler, "large", payload + n, n);
        }

        await Eventually.That(() => handler.Publishes.Count == 3, Connecting.Soon, "three large messages");
        Assert.That(handler.Publishes.Select(p => p.Text), Is.EqualTo(new[] { payload + 0, payload + 1, payload + 2 }));
    }
}
