using Kalinka.Common.Mqtt;
using Kalinka.Pub.Intake;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Pub.Intake;

/// <summary>The next connection, while Kafka has not confirmed what the last one brought.</summary>
[TestFixture]
public sealed class SeatSettlingTests : SeatSessionFixture
{
    [Test]
    public async Task The_next_connection_subscribes_at_once_and_is_read_when_the_last_has_been_reported()
    {
        await ServeOneThatLeavesAMessageOpenAsync();
        var connection = Prepare();
        var serving = await ServeAsync();
        Assert.That(connection.Subscribed, Is.EqualTo(Filters));
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
        Assert.That(third.Subscribed, Is.EqualTo(Filters));
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
    public async Task A_connection_that_is_dropped_while_it_waits_brings_nothing()
    {
        await ServeOneThatLeavesAMessageOpenAsync();
        var connection = Prepare();
        var serving = await ServeAsync();
        _connector.Handler!.Receive("another's by now");

        _session.Drop();
        await serving;
        _arrivals.Settle();

        Assert.That(connection.Closed.IsCompleted, Is.True);
        Assert.That(_session.LastClose, Is.Not.Null, "the claim is asked before the next one");
        Assert.That(_arrivals.Calls, Does.Not.Contain("another's by now"));
        Assert.That(_arrivals.Calls.Count(call => call == "open"), Is.EqualTo(1));
        Assert.That(_arrivals.KeptBack, Is.Zero);
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
}
