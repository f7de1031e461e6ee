using Kalinka.Common.Mqtt;
using Kalinka.Pub.Intake;

namespace Kalinka.Tests.Pub.Intake;

/// <summary>Brokers with and without shared subscriptions, as seats 0 and 1 find them.</summary>
[TestFixture]
public sealed class SharingTests
{
    private static readonly string[] Shared = ["$share/k/a/+", "$share/k/b"];
    private static readonly string[] Plain = ["a/+", "b"];

    private FakeConnection _connection = null!;

    [SetUp]
    public void Connect() => _connection = new FakeConnection();

    [TearDown]
    public async Task Disconnect() => await _connection.DisposeAsync();

    [Test]
    public async Task A_broker_that_shares_gets_shared_filters_from_every_seat([Values(0, 1)] int number)
    {
        var sharing = new Sharing(Broker());
        Assert.That(await SubscribeAsync(sharing, number), Is.Null);
        Assert.That(_connection.Subscribed, Is.EqualTo(Shared));
        Assert.That(sharing.SeatsOf(3), Is.EqualTo(3));
    }

    [Test]
    public async Task Where_CONNACK_says_that_there_are_none_seat_0_reads_alone()
    {
        await Without();
        var sharing = new Sharing(Broker());
        Assert.That(await SubscribeAsync(sharing, 0), Is.Null);
        Assert.That(_connection.Subscribed, Is.EqualTo(Plain));
        Assert.That(Seat(sharing, 0).IsUnused, Is.False);
        Assert.That(Seat(sharing, 1).IsUnused, Is.True);
    }

    [Test]
    public async Task Where_CONNACK_says_that_there_are_none_seat_1_subscribes_to_nothing()
    {
        await Without();
        Assert.That(await SubscribeAsync(new Sharing(Broker()), 1), Is.EqualTo(SeatSubscriptions.Unused));
        Assert.That(_connection.Subscribed, Is.Empty);
    }

    [TestCase(MqttReasonCode.SharedSubscriptionsNotSupported)]
    [TestCase(MqttReasonCode.TopicFilterInvalid)]
    [TestCase(MqttReasonCode.UnspecifiedError)]
    public async Task A_SUBACK_that_refuses_the_shared_filter_only_makes_seat_0_read_alone(MqttReasonCode refusal)
    {
        var sharing = new Sharing(Broker());
        _connection.OnSubscribe = filter => filter[0] == '$' ? refusal : MqttReasonCode.GrantedQos1;
        Assert.That(await SubscribeAsync(sharing, 0), Is.Null);
        Assert.That(_connection.Subscribed, Is.EqualTo(new[] { Shared[0], Plain[0], Plain[1] }));
        Assert.That(sharing.IsPlain, Is.True);
    }

    [Test]
    public async Task A_filter_that_is_refused_either_way_says_nothing_of_sharing()
    {
        var sharing = new Sharing(Broker());
        _connection.OnSubscribe = _ => MqttReasonCode.UnspecifiedError;
        Assert.That(await SubscribeAsync(sharing, 0), Does.StartWith("the broker refused to subscribe $share/k/a/+"));
        Assert.That(sharing.IsPlain, Is.False);
    }

    [Test]
    public async Task What_is_not_allowed_is_not_tried_otherwise()
    {
        _connection.OnSubscribe = _ => MqttReasonCode.NotAuthorized;
        Assert.That(await SubscribeAsync(new Sharing(Broker()), 0), Does.Contain("NotAuthorized"));
        Assert.That(_connection.Subscribed, Is.EqualTo(Shared.Take(1)));
    }

    [Test]
    public async Task Seat_1_never_tries_the_plain_filter_which_would_bring_everything_twice()
    {
        var sharing = new Sharing(Broker());
        _connection.OnSubscribe = _ => MqttReasonCode.SharedSubscriptionsNotSupported;
        Assert.That(await SubscribeAsync(sharing, 1), Is.EqualTo(SeatSubscriptions.Unused));
        Assert.That(_connection.Subscribed, Is.EqualTo(Shared.Take(1)));
        Assert.That(sharing.IsPlain, Is.True);
    }

    [TestCase(MqttVersion.V311, null, ExpectedResult = true)]
    [TestCase(MqttVersion.V311, true, ExpectedResult = false)]
    [TestCase(MqttVersion.V5, null, ExpectedResult = false)]
    [TestCase(MqttVersion.V5, false, ExpectedResult = true)]
    public bool What_is_configured_needs_no_finding_out(MqttVersion version, bool? shared) =>
        new Sharing(Broker(version) with { Shared = shared }).IsPlain;

    private Task<string?> SubscribeAsync(Sharing sharing, int number) =>
        Seat(sharing, number).SubscribeAsync(_connection, CancellationToken.None);

    private static SeatSubscriptions Seat(Sharing sharing, int number) =>
        new(
            [new MqttSubscription("a/+", 1), new MqttSubscription("b", 1)],
            "k",
            number,
            sharing,
            new SeatObservers([], [])
        );

    private static BrokerOptions Broker(MqttVersion version = MqttVersion.V5) =>
        new("b1", "10.0.0.1", 1883, version, null, null, null);

    private async Task Without()
    {
        await _connection.DisposeAsync();
        _connection = new FakeConnection { Grant = FakeConnection.Granted with { SharedSubscriptions = false } };
    }
}
