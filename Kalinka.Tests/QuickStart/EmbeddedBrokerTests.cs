using Kalinka.QuickStart.Brokers;
using Kalinka.Tests.Stack;
using MQTTnet;

namespace Kalinka.Tests.QuickStart;

internal sealed class EmbeddedBrokerTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);
    private EmbeddedBroker _broker;

    [SetUp]
    public async Task Start() => _broker = await EmbeddedBroker.StartAsync("b1");

    [TearDown]
    public async Task Stop() => await _broker.DisposeAsync();

    [Test]
    public async Task Two_brokers_listen_on_ports_of_their_own()
    {
        await using var other = await EmbeddedBroker.StartAsync("b2");

        Assert.That(_broker.Port, Is.GreaterThan(0));
        Assert.That(other.Port, Is.Not.EqualTo(_broker.Port));
    }

    [Test]
    public async Task A_client_without_a_name_is_given_one()
    {
        await using var client = await BrokerClient.ConnectAsync(_broker, "");

        Assert.That(client.Connected.AssignedClientIdentifier, Does.StartWith("auto-"));
    }

    [Test]
    public async Task A_shared_subscription_is_announced_and_granted()
    {
        await using var client = await BrokerClient.ConnectAsync(_broker, "member");

        Assert.That(client.Connected.SharedSubscriptionAvailable, Is.True);
        Assert.That(
            await client.SubscribeAsync("$share/kalinka/mqtt/+/+/pub"),
            Is.EqualTo(MqttClientSubscribeResultCode.GrantedQoS1)
        );
    }

    [Test]
    public async Task A_message_goes_to_one_member_of_a_share_and_to_every_plain_subscriber()
    {
        await using var first = await BrokerClient.ConnectAsync(_broker, "first");
        await using var second = await BrokerClient.ConnectAsync(_broker, "second");
        await using var plain = await BrokerClient.ConnectAsync(_broker, "plain");
        await first.SubscribeAsync("$share/kalinka/a/#");
        await second.SubscribeAsync("$share/kalinka/a/#");
        await plain.SubscribeAsync("a/#");

        await PublishFromManyDevices("a/b", 20);

        await Eventually.That(() => plain.Received.Count == 20, Soon, "all at the plain subscriber");
        await Eventually.That(() => first.Received.Count + second.Received.Count == 20, Soon, "each once in the share");
        Assert.That(first.Received, Is.Not.Empty);
        Assert.That(second.Received, Is.Not.Empty);
    }

    [Test]
    public async Task All_messages_of_one_device_go_to_one_member_in_order()
    {
        await using var first = await BrokerClient.ConnectAsync(_broker, "first");
        await using var second = await BrokerClient.ConnectAsync(_broker, "second");
        await first.SubscribeAsync("$share/kalinka/a");
        await second.SubscribeAsync("$share/kalinka/a");
        await using var device = await BrokerClient.ConnectAsync(_broker, "device");

        for (var n = 0; n < 50; n++)
        {
            await device.PublishAsync("a", $"{n}");
        }

        await Eventually.That(() => first.Received.Count + second.Received.Count == 50, Soon, "all of them");
        var chosen = first.Received.IsEmpty ? second : first;
        Assert.That(chosen.Received, Is.EqualTo(Enumerable.Range(0, 50).Select(n => $"a={n}")));
    }

    [Test]
    public async Task A_share_keeps_messages_for_a_session_that_is_away()
    {
        await using (var member = await BrokerClient.ConnectAsync(_broker, "member"))
        {
            await member.SubscribeAsync("$share/kalinka/a");
            await member.DisconnectAsync();
        }

        await PublishFromManyDevices("a", 5);
        await using var resumed = await BrokerClient.ConnectAsync(_broker, "member", cleanStart: false);

        Assert.That(resumed.Connected.IsSessionPresent, Is.True);
        await Eventually.That(() => resumed.Received.Count == 5, Soon, "what was queued");
    }

    [Test]
    public async Task A_publisher_is_told_when_nobody_is_subscribed()
    {
        await using var member = await BrokerClient.ConnectAsync(_broker, "member", sessionExpirySeconds: 0);
        await using var device = await BrokerClient.ConnectAsync(_broker, "device");
        await member.SubscribeAsync("$share/kalinka/a");
        Assert.That(await device.PublishAsync("a", "1"), Is.EqualTo(MqttClientPublishReasonCode.Success));

        await member.UnsubscribeAsync("$share/kalinka/a");

        Assert.That(await device.PublishAsync("a", "2"), Is.EqualTo(MqttClientPublishReasonCode.NoMatchingSubscribers));
        await Eventually.That(() => member.Received.Contains("a=1"), Soon, "the one before");
    }

    [Test]
    public async Task A_member_that_starts_clean_gets_no_turn_until_it_subscribes_again()
    {
        await using var stays = await BrokerClient.ConnectAsync(_broker, "stays");
        await using var former = await BrokerClient.ConnectAsync(_broker, "leaves");
        await stays.SubscribeAsync("$share/kalinka/a");
        await former.SubscribeAsync("$share/kalinka/a");
        await former.DisconnectAsync();
        await using var clean = await BrokerClient.ConnectAsync(_broker, "leaves", cleanStart: true);

        await PublishFromManyDevices("a", 20);

        await Eventually.That(() => stays.Received.Count == 20, Soon, "all at the member that is left");
    }

    [Test]
    public async Task A_session_without_expiry_ends_with_its_connection()
    {
        await using var device = await BrokerClient.ConnectAsync(_broker, "device");
        await using var member = await BrokerClient.ConnectAsync(_broker, "member", sessionExpirySeconds: 0);
        await member.SubscribeAsync("$share/kalinka/a");
        await member.DisconnectAsync();

        var answer = MqttClientPublishReasonCode.Success;
        for (var n = 0; n < 500 && answer == MqttClientPublishReasonCode.Success; n++)
        {
            answer = await device.PublishAsync("a", $"{n}");
        }

        Assert.That(answer, Is.EqualTo(MqttClientPublishReasonCode.NoMatchingSubscribers));
    }

    [Test]
    public async Task A_retained_message_is_not_sent_for_a_shared_subscription()
    {
        await using var device = await BrokerClient.ConnectAsync(_broker, "device");
        await device.PublishAsync("a", "kept", retain: true);
        await using var member = await BrokerClient.ConnectAsync(_broker, "member");

        await member.SubscribeAsync("$share/kalinka/a");
        await device.PublishAsync("a", "new");

        await Eventually.That(() => !member.Received.IsEmpty, Soon, "the new message");
        Assert.That(member.Received, Is.EqualTo(new[] { "a=new" }));
    }

    private async Task PublishFromManyDevices(string mqttTopic, int devices)
    {
        for (var n = 0; n < devices; n++)
        {
            await using var device = await BrokerClient.ConnectAsync(_broker, $"device-{n}", sessionExpirySeconds: 0);
            await device.PublishAsync(mqttTopic, $"{n}");
            await device.DisconnectAsync();
        }
    }
}
