using Kalinka.Common.Mqtt;
using Kalinka.Pub.Intake;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Pub.Intake;

/// <summary>One seat's session over its connections, with a connector and connections of the test's own.</summary>
[TestFixture, CancelAfter(30_000)]
public sealed class SeatSessionTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private FakeTimeProvider _time = null!;
    private FakeArrivals _arrivals = null!;
    private FakeConnector _connector = null!;
    private SeatSession _session = null!;
    private CancellationTokenSource _draining = null!;

    [SetUp]
    public void Build()
    {
        _time = new FakeTimeProvider();
        _arrivals = new FakeArrivals();
        _connector = new FakeConnector();
        _draining = new CancellationTokenSource();
        var broker = new BrokerOptions("b1", "10.0.0.1", 1883, MqttVersion.V5, null, null, null);
        var expiry = TimeSpan.FromDays(1);
        var keepAlive = TimeSpan.FromSeconds(30);
        _session = new SeatSession(
            _connector,
            new MqttConnectOptions(broker, "kalinka-pub-b1-0", false, expiry, 100, keepAlive, keepAlive),
            [new MqttSubscription("$share/k/a/+", 1), new MqttSubscription("$share/k/b/#", 1)],
            _arrivals,
            _time,
            NullLogger.Instance
        );
    }

    [TearDown]
    public void Release() => _draining.Dispose();

    [Test]
    public async Task Each_filter_has_its_own_SUBSCRIBE_after_the_SUBACK_of_the_one_before()
    {
        var connection = Prepare();
        var first = new TaskCompletionSource<MqttReasonCode>();
        connection.AnswerLater = first.Task;
        var serving = _session.ServeAsync(_draining.Token);

        Assert.That(connection.Subscribed, Is.EqualTo(new[] { "$share/k/a/+" }));
        Assert.That(_session.Subscribed, Is.False);
        first.SetResult(MqttReasonCode.GrantedQos1);
        await Eventually.That(() => _session.Subscribed, Soon, "the second is granted");
        Assert.That(connection.Subscribed, Is.EqualTo(new[] { "$share/k/a/+", "$share/k/b/#" }));

        connection.End(new MqttClose(null, true, "gone"));
        await serving;
        Assert.That(_session.Subscribed, Is.False);
        Assert.That(_session.LastError, Is.EqualTo("gone"));
    }

    [Test]
    public async Task A_refused_filter_ends_the_attempt_and_says_why()
    {
        var connection = Prepare();
        connection.OnSubscribe = filter =>
            filter.Contains('#') ? MqttReasonCode.NotAuthorized : MqttReasonCode.GrantedQos1;

        await _session.ServeAsync(_draining.Token);

        Assert.That(_session.LastError, Is.EqualTo("the broker refused to subscribe $share/k/b/#: NotAuthorized"));
        Assert.That(_session.LastClose, Is.Not.Null, "the broker had given us the session");
        Assert.That(connection.Disconnected, Is.EqualTo(MqttReasonCode.Success));
        Assert.That(_arrivals.Calls, Is.EqualTo(new[] { "close" }));
    }

    [Test]
    public async Task A_takeover_before_the_last_SUBACK_is_told_as_one()
    {
        var connection = Prepare();
        var close = new MqttClose(MqttReasonCode.SessionTakenOver, true, "the broker disconnected: SessionTakenOver");
        connection.OnSubscribe = _ =>
        {
            connection.End(close);
            throw new MqttException(close.Description, close.Reason);
        };

        await _session.ServeAsync(_draining.Token);

        Assert.That(_session.LastClose, Is.EqualTo(close));
    }

    [Test]
    public async Task An_attempt_without_a_connection_says_what_was_tried()
    {
        var held = await _session.ServeAsync(_draining.Token);

        Assert.That(held, Is.EqualTo(TimeSpan.Zero));
        Assert.That(_session.LastError, Does.Contain("mqtt://10.0.0.1:1883"));
        Assert.That(_session.LastClose, Is.Null);
    }

    [Test]
    public async Task A_drain_awaits_the_reports_then_disconnects_and_never_unsubscribes()
    {
        var connection = Prepare();
        var serving = await ServeAsync();
        _connector.Handler!.Receive("m");
        _arrivals.LeaveOpen();
        connection.OnDisconnect = () => _arrivals.Note("DISCONNECT");

        await _draining.CancelAsync();
        await Eventually.That(() => _arrivals.Calls.Contains("drain"), Soon, "the drain");
        Assert.That(connection.Disconnected, Is.Null, "a message is open");
        _arrivals.Settle();
        await serving;

        Assert.That(_arrivals.Calls, Is.EqualTo(new[] { "open", "m", "drain", "settled", "DISCONNECT", "close" }));
        Assert.That(connection.Disconnected, Is.EqualTo(MqttReasonCode.Success));
        Assert.That(connection.Unsubscribed, Is.Empty);
        Assert.That(_session.LastError, Is.Null);
    }

    [Test]
    public async Task A_drain_does_not_wait_for_ever()
    {
        var connection = Prepare();
        var serving = await ServeAsync();
        _arrivals.LeaveOpen();
        await _draining.CancelAsync();
        await Eventually.That(() => _arrivals.Calls.Contains("drain"), Soon, "the drain");

        await Eventually.That(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(5));
                return serving.IsCompleted;
            },
            Soon,
            "the drain ends without the report"
        );

        Assert.That(connection.Disconnected, Is.EqualTo(MqttReasonCode.Success));
    }

    [Test]
    public async Task A_drain_is_heard_while_what_was_held_waits_for_room()
    {
        var connection = Prepare();
        _arrivals.Room.Reset();
        connection.OnSubscribe = _ =>
        {
            _connector.Handler!.Receive("held");
            return MqttReasonCode.GrantedQos1;
        };
        var serving = await ServeAsync();

        await _draining.CancelAsync();
        await serving;

        Assert.That(connection.Disconnected, Is.EqualTo(MqttReasonCode.Success));
    }

    [Test]
    public async Task A_drain_before_the_last_SUBACK_ends_in_order_too()
    {
        var connection = Prepare();
        connection.AnswerLater = new TaskCompletionSource<MqttReasonCode>().Task;
        var serving = _session.ServeAsync(_draining.Token);

        await _draining.CancelAsync();
        await serving;

        Assert.That(connection.Disconnected, Is.EqualTo(MqttReasonCode.Success));
    }

    [Test]
    public async Task The_next_connection_subscribes_at_once_and_is_read_when_the_last_has_been_reported()
    {
        await ServeOneThatLeavesAMessageOpenAsync();
        var connection = Prepare();
        var serving = await ServeAsync();
        Assert.That(connection.Subscribed, Is.EqualTo(new[] { "$share/k/a/+", "$share/k/b/#" }));
        await Eventually.That(() => _session.LastError is not null, Soon, "it says what it waits for");
        Assert.That(_session.LastError, Does.Contain("waits for Kafka"));
        _connector.Handler!.Receive("too early");
        Assert.That(_arrivals.Calls, Is.EqualTo(new[] { "open", "m", "close" }));

        _arrivals.Settle();
        await Eventually.That(() => _arrivals.Calls.Contains("too early"), Soon, "it flows");
        Assert.That(_session.LastError, Is.Null);
        connection.End(new MqttClose(null, true, "gone"));
        await serving;

        var calls = new[] { "open", "m", "close", "settled", "open", "too early", "close" };
        Assert.That(_arrivals.Calls, Is.EqualTo(calls));
        Assert.That(_arrivals.KeptBack, Is.Zero);
    }

    [Test]
    public async Task A_connection_that_ends_while_it_waits_is_replaced_and_subscribed_again()
    {
        await ServeOneThatLeavesAMessageOpenAsync();
        var second = Prepare();
        var serving = await ServeAsync();
        _connector.Handler!.Receive("comes again");
        second.End(new MqttClose(null, true, "restarted once more"));
        await serving;
        Assert.That(_session.LastError, Is.EqualTo("restarted once more"));
        Assert.That(_arrivals.KeptBack, Is.Zero);

        var third = Prepare();
        serving = await ServeAsync();
        Assert.That(third.Subscribed, Has.Count.EqualTo(2));
        third.End(new MqttClose(null, true, "gone"));
        await serving;
        Assert.That(_arrivals.Calls.Count(call => call == "open"), Is.EqualTo(1));
    }

    [Test]
    public async Task What_there_was_no_room_for_is_asked_for_again_when_the_last_has_been_reported()
    {
        await ServeOneThatLeavesAMessageOpenAsync();
        var second = Prepare();
        _arrivals.Keepable = 0;
        var serving = await ServeAsync();
        _connector.Handler!.Receive("large", SeatConnection.KeptRegardless);
        Assert.That(second.Disconnected, Is.Null, "the broker must not forget the filters");

        _arrivals.Settle();
        await serving;

        Assert.That(second.Disconnected, Is.EqualTo(MqttReasonCode.Success));
        Assert.That(_arrivals.Calls.Count(call => call == "open"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_drain_while_it_waits_produces_and_acknowledges_nothing_and_keeps_the_session()
    {
        await ServeOneThatLeavesAMessageOpenAsync();
        var connection = Prepare();
        var serving = await ServeAsync();
        _connector.Handler!.Receive("too early");

        await _draining.CancelAsync();
        await serving;
        _arrivals.Settle();

        Assert.That(connection.Disconnected, Is.EqualTo(MqttReasonCode.Success));
        Assert.That(connection.Unsubscribed, Is.Empty);
        Assert.That(_arrivals.Calls, Does.Not.Contain("too early"));
        Assert.That(_arrivals.Calls.Count(call => call == "open"), Is.EqualTo(1));
        Assert.That(_arrivals.KeptBack, Is.Zero);
    }

    [Test]
    public async Task A_session_that_the_broker_has_forgotten_is_counted_but_not_the_first_one()
    {
        foreach (var present in new[] { false, true, false })
        {
            Prepare(present).End(new MqttClose(null, true, "gone"));
            await _session.ServeAsync(_draining.Token);
        }

        Assert.That(_session.SessionsLost, Is.EqualTo(1));
    }

    private async Task ServeOneThatLeavesAMessageOpenAsync()
    {
        var connection = Prepare();
        var serving = await ServeAsync();
        _connector.Handler!.Receive("m");
        _arrivals.LeaveOpen();
        connection.End(new MqttClose(null, true, "restarted"));
        await serving;
    }

    private FakeConnection Prepare(bool sessionPresent = true)
    {
        var connection = new FakeConnection { Grant = FakeConnection.Granted with { SessionPresent = sessionPresent } };
        _connector.Prepared.Enqueue(connection);
        return connection;
    }

    private async Task<Task> ServeAsync()
    {
        var serving = _session.ServeAsync(_draining.Token);
        await Eventually.That(() => _session.Subscribed, Soon, "subscribed");
        return serving;
    }
}
