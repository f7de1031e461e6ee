using System.Text;
using Kalinka.Common.Mqtt;
using Kalinka.Pub.Intake;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Pub.Intake;

/// <summary>The marker that tells how old a seat's queue is, on connections of the test's own.</summary>
[TestFixture]
public sealed class AgeMarkerTests
{
    private FakeTimeProvider _time = null!;
    private SeatTraffic _traffic;
    private AgeMarker _age = null!;
    private FakeConnection _connection = null!;

    [SetUp]
    public void Build()
    {
        _time = new FakeTimeProvider();
        _traffic = default;
        _age = new AgeMarker("kalinka-pub-b1-0", () => _traffic, _time, NullLogger.Instance);
        _connection = Connect();
    }

    [TearDown]
    public async Task Disconnect() => await _connection.DisposeAsync();

    [Test]
    public void The_age_is_the_time_until_the_marker_is_back_and_while_it_is_away_the_time_so_far()
    {
        Assert.That(_connection.Published.Single().Topic, Is.EqualTo("kalinka/age/kalinka-pub-b1-0"));
        Settle(PublishOutcome.Delivered);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.That(_age.AgeMs, Is.EqualTo(5000));
        Assert.That(_connection.Published, Has.Count.EqualTo(1), "at most one is on its way");

        _time.Advance(TimeSpan.FromMilliseconds(200));
        ComeBack();
        Assert.That(_age.AgeMs, Is.EqualTo(5200));
        Assert.That(_age.IsFresh, Is.False);

        _time.Advance(TimeSpan.FromSeconds(1));
        Settle(PublishOutcome.Delivered);
        _time.Advance(TimeSpan.FromMilliseconds(30));
        ComeBack();
        Assert.That(_age.AgeMs, Is.EqualTo(30));
        Assert.That(_age.IsFresh, Is.True);
    }

    [Test]
    public void What_was_fresh_is_not_when_the_next_marker_stays_away()
    {
        Settle(PublishOutcome.Delivered);
        ComeBack();
        Assert.That(_age.IsFresh, Is.True);
        _time.Advance(TimeSpan.FromSeconds(1));
        Settle(PublishOutcome.Delivered);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.That(_age.IsFresh, Is.False);
    }

    [Test]
    public void A_former_holders_marker_is_shown_by_the_wall_clock_and_proves_nothing()
    {
        Settle(PublishOutcome.Delivered);
        var formerly = _time.GetUtcNow().AddMilliseconds(-700).ToUnixTimeMilliseconds();
        Receive($"0123456789abcdef 99 {formerly}");
        Assert.That(_age.AgeMs, Is.EqualTo(700));
        Assert.That(_age.IsFresh, Is.False);

        Receive($"0123456789abcdef 99 {_time.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds()}");
        Assert.That(_age.AgeMs, Is.Zero, "its clock is ahead of ours");
        Assert.That(_age.IsFresh, Is.False);
    }

    [TestCase("")]
    [TestCase("0123456789abcdef")]
    [TestCase("0123456789abcdef 1")]
    [TestCase("0123456789abcdef 1 2 3")]
    [TestCase("0123456789abcdef x 2")]
    [TestCase("0123456789abcdef -1 2")]
    [TestCase("0123456789abcdef 99999999999999999999999 2")]
    public void What_is_no_marker_is_none(string payload)
    {
        Settle(PublishOutcome.Delivered);
        Receive(payload);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.That(_age.AgeMs, Is.EqualTo(3000));
    }

    [Test]
    public void A_refused_subscription_or_publish_means_that_no_age_is_known_and_none_is_sent()
    {
        Settle(PublishOutcome.Rejected, MqttReasonCode.NotAuthorized);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.That(_age.AgeMs, Is.Null);
        Assert.That(_age.Refusal, Does.Contain("NotAuthorized"));
        Assert.That(_connection.Published, Has.Count.EqualTo(1));

        _age.OnClosed();
        _age.OnSubscribed(_age.Filters[0], MqttReasonCode.NotAuthorized);
        _connection = new FakeConnection();
        _age.OnConnected(_connection);
        Assert.That(_connection.Published, Is.Empty);
        Assert.That(_age.AgeMs, Is.Null);
    }

    [Test]
    public void A_broker_that_takes_the_marker_and_never_gives_it_back_makes_no_queue_of_growing_age()
    {
        Settle(PublishOutcome.Delivered);
        for (var second = 0; second < 60; second++)
        {
            _traffic = new SeatTraffic(second, 0);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.That(_age.AgeMs, Is.EqualTo(60_000), "messages come: it may stand behind them");
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.That(_age.AgeMs, Is.Null);
        Assert.That(_age.Refusal, Does.Contain("does not come back"));
    }

    [Test]
    public void Kafka_away_is_no_reason_to_give_the_marker_up()
    {
        Settle(PublishOutcome.Delivered);
        _traffic = new SeatTraffic(7, 7);
        _time.Advance(TimeSpan.FromSeconds(90));
        Assert.That(_age.AgeMs, Is.EqualTo(90_000));
    }

    [Test]
    public void A_resumed_session_still_has_the_marker_a_new_one_does_not()
    {
        Settle(PublishOutcome.Delivered);
        _time.Advance(TimeSpan.FromSeconds(4));
        _age.OnClosed();
        Assert.That(_age.AgeMs, Is.Null);

        _connection = Connect();
        Assert.That(_connection.Published, Is.Empty);
        Assert.That(_age.AgeMs, Is.EqualTo(4000));

        _age.OnClosed();
        _connection = Connect(sessionPresent: false);
        Assert.That(_connection.Published, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_broker_that_closes_the_connection_on_the_marker_gets_no_third_one()
    {
        _age.OnClosed();
        _connection = Connect();
        Assert.That(_connection.Published, Has.Count.EqualTo(1));
        _age.OnClosed();
        _connection = Connect();
        Assert.That(_connection.Published, Is.Empty);
        Assert.That(_age.Refusal, Does.Contain("closes the connection"));
    }

    private FakeConnection Connect(bool sessionPresent = true)
    {
        var connection = new FakeConnection { Grant = FakeConnection.Granted with { SessionPresent = sessionPresent } };
        _age.OnSubscribed(_age.Filters[0], MqttReasonCode.GrantedQos1);
        _age.OnConnected(connection);
        return connection;
    }

    private void Settle(PublishOutcome outcome, MqttReasonCode reason = MqttReasonCode.Success) =>
        _age.OnPublishOutcome(_connection.Published[^1].Token, outcome, reason);

    private void ComeBack() => Receive(_connection.Published[^1].Payload);

    private void Receive(string payload) =>
        _age.OnMessage(
            new IncomingPublish
            {
                Topic = "kalinka/age/kalinka-pub-b1-0"u8,
                Payload = Encoding.ASCII.GetBytes(payload),
                PacketIdentifier = 1,
                Qos = 1,
                Retain = false,
                Dup = false,
                Properties = default,
            }
        );
}
