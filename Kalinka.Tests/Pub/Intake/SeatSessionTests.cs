using Kalinka.Common.Mqtt;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Pub.Intake;

/// <summary>One seat's session over its connections.</summary>
[TestFixture]
public sealed class SeatSessionTests : SeatSessionFixture
{
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
        Assert.That(connection.Subscribed, Is.EqualTo(Filters));

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
    public async Task A_filter_that_is_granted_at_QoS_0_is_told_while_messages_flow()
    {
        var connection = Prepare();
        connection.OnSubscribe = filter => filter.Contains('#') ? MqttReasonCode.Success : MqttReasonCode.GrantedQos1;
        var serving = await ServeAsync();
        Assert.That(_session.LastError, Does.Contain("$share/k/b/#").And.Contain("QoS 0"));

        Prepare();
        connection.End(new MqttClose(null, true, "gone"));
        await serving;
        await ServeAsync();
        Assert.That(_session.LastError, Is.Null, "the next connection is granted QoS 1");
    }

    [Test]
    public async Task An_open_connection_is_tidied_again_when_asked_for()
    {
        var connection = Prepare();
        var serving = await ServeAsync();
        Assert.That(_tidied, Is.EqualTo(1));

        _session.TidyAgain();
        await Eventually.That(() => Volatile.Read(ref _tidied) == 2, Soon, "tidied");
        _session.TidyAgain();
        await Eventually.That(() => Volatile.Read(ref _tidied) == 3, Soon, "tidied");
        Assert.That(_session.Subscribed, Is.True);

        connection.End(new MqttClose(null, true, "gone"));
        await serving;
    }

    [TestCase(0, 1, "QoS 0 only")]
    [TestCase(2, 0, "keeps no session")]
    [TestCase(2, 1, "01:00:00 only")]
    [TestCase(2, 24, null)]
    [TestCase(1, null, null)]
    public async Task A_connection_that_grants_too_little_is_told(int maximumQos, int? hours, string? told)
    {
        var expiry = hours is { } kept ? TimeSpan.FromHours(kept) : (TimeSpan?)null;
        var grant = FakeConnection.Granted with { MaximumQos = maximumQos, SessionExpiry = expiry };
        _connector.Prepared.Enqueue(new FakeConnection { Grant = grant });
        await ServeAsync();

        Assert.That(_session.LastError, told is null ? Is.Null : Does.Contain(told));
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
    public async Task A_session_that_the_broker_has_forgotten_is_counted_but_not_the_first_one()
    {
        foreach (var present in new[] { false, true, false })
        {
            Prepare(present).End(new MqttClose(null, true, "gone"));
            await _session.ServeAsync(_draining.Token);
        }

        Assert.That(_session.SessionsLost, Is.EqualTo(1));
    }

    [Test]
    public async Task What_an_observer_asks_for_is_subscribed_last_and_a_refusal_ends_nothing()
    {
        var connection = Prepare();
        connection.OnSubscribe = filter =>
            filter[0] == '$' && filter[1] == 'S' ? MqttReasonCode.NotAuthorized : MqttReasonCode.GrantedQos1;
        var serving = await ServeAsync();
        Assert.That(connection.Subscribed, Is.EqualTo(Filters));
        connection.End(new MqttClose(null, true, "gone"));
        await serving;

        Assert.That(_observer.Told, Is.EqualTo(new[] { "$SYS/events: NotAuthorized", "connected", "closed" }));
    }

    [Test]
    public async Task An_observers_filter_that_the_broker_closes_the_connection_on_is_not_asked_for_a_third_time()
    {
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var hostile = Prepare();
            hostile.OnSubscribe = filter =>
                filter == "$SYS/events" ? throw new MqttException("closed") : MqttReasonCode.GrantedQos1;
            await _session.ServeAsync(_draining.Token);
            Assert.That(hostile.Subscribed, Is.EqualTo(Filters));
        }

        var connection = Prepare();
        var serving = await ServeAsync();
        Assert.That(connection.Subscribed, Is.EqualTo(Filters.SkipLast(1)));
        Assert.That(_observer.Told, Does.Contain("$SYS/events: not asked"));
        connection.End(new MqttClose(null, true, "gone"));
        await serving;
    }
}
