using Kalinka.Pub.Intake;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Pub.Intake;

[TestFixture, CancelAfter(30_000)]
public sealed class SeatConnectionTests
{
    private FakeArrivals _arrivals = null!;
    private FakeConnection _connection = null!;
    private SeatConnection _receiver = null!;

    [SetUp]
    public void Connect()
    {
        _arrivals = new FakeArrivals();
        _connection = new FakeConnection();
        _receiver = new SeatConnection(_arrivals, new SeatObservers([], []), new MalformedPublishes());
        _receiver.OnConnected(_connection);
    }

    [TearDown]
    public async Task Disconnect() => await _connection.DisposeAsync();

    [Test]
    public async Task What_arrives_before_the_last_SUBACK_is_handed_over_in_order_afterwards()
    {
        _receiver.Receive("1");
        _receiver.Receive("2");
        Assert.That(_arrivals.Calls, Is.Empty);
        Assert.That(_arrivals.KeptBack, Is.Positive);

        await _receiver.FlowAsync();
        _receiver.Receive("3");

        Assert.That(_arrivals.Calls, Is.EqualTo(new[] { "open", "1", "2", "3" }));
        Assert.That(_arrivals.KeptBack, Is.Zero);
    }

    [Test]
    public void Without_room_nothing_is_kept_back_beyond_a_mebibyte_but_let_through_in_order()
    {
        _arrivals.Keepable = 0;
        _receiver.Receive("1", SeatConnection.KeptRegardless / 2);
        Assert.That(_arrivals.Calls, Is.Empty);
        _receiver.Receive("2", SeatConnection.KeptRegardless / 2);
        _receiver.Receive("3");

        Assert.That(_arrivals.Calls, Is.EqualTo(new[] { "open", "1", "2", "3" }));
        Assert.That(_receiver.Incomplete, Is.False);
    }

    [Test]
    public async Task Without_room_and_while_the_last_connection_is_not_settled_nothing_is_let_through_ever()
    {
        _arrivals.LeaveOpen();
        _arrivals.Keepable = 0;
        _receiver.Receive("1");
        _receiver.Receive("2", SeatConnection.KeptRegardless);
        Assert.That(_receiver.Incomplete, Is.True);
        Assert.That(_arrivals.KeptBack, Is.Zero, "it comes again, all of it");
        _receiver.Receive("3");
        _arrivals.Settle();
        await _receiver.FlowAsync();
        _receiver.Receive("4");

        Assert.That(_arrivals.Calls, Is.EqualTo(new[] { "settled" }));
    }

    [Test]
    public async Task A_QoS_0_message_that_finds_no_room_spoils_nothing()
    {
        _arrivals.LeaveOpen();
        _arrivals.Keepable = 0;
        _receiver.Receive("1");
        _receiver.Receive("shed", qos: 0);
        _arrivals.Settle();
        await _receiver.FlowAsync();

        Assert.That(_arrivals.Calls, Is.EqualTo(new[] { "settled", "open", "1" }));
    }

    [Test]
    public async Task Who_lets_it_flow_does_not_wait_for_room_and_what_follows_waits_its_turn()
    {
        _arrivals.Room.Reset();
        _receiver.Receive("1");
        _receiver.Receive("2");
        var handingOver = _receiver.FlowAsync();
        var receiving = Task.Run(() => _receiver.Receive("3"));
        Assert.That(handingOver.IsCompleted, Is.False);

        _arrivals.Room.Set();
        await handingOver;
        await receiving;

        Assert.That(_arrivals.Calls, Is.EqualTo(new[] { "open", "1", "2", "3" }));
    }

    [Test]
    public async Task After_its_end_nothing_is_opened_and_nothing_handed_over()
    {
        _receiver.Receive("1");
        Assert.That(_receiver.End(), Is.False, "nothing was let through");
        await _receiver.FlowAsync();
        _receiver.Receive("2");
        Assert.That(_arrivals.Calls, Is.Empty);

        _receiver.Forget();
        Assert.That(_arrivals.KeptBack, Is.Zero);
    }

    [Test]
    public async Task Dropped_while_messages_are_kept_back_it_ends_at_once_and_never_opens()
    {
        _receiver.Receive("1");
        _receiver.Drop();

        Assert.That(_connection.Closed.IsCompleted, Is.True);
        await _receiver.FlowAsync();
        _receiver.Receive("2");
        _receiver.Close();
        Assert.That(_arrivals.Calls, Is.EqualTo(new[] { "close" }));
    }

    [Test]
    public async Task Dropped_while_it_is_open_it_ends_without_another_message()
    {
        await _receiver.FlowAsync();
        _receiver.Drop();

        Assert.That(_connection.Closed.IsCompleted, Is.True);
        Assert.That(_arrivals.Calls, Is.EqualTo(new[] { "open", "close" }));
    }

    [Test]
    public async Task Dropped_while_it_is_being_made_it_ends_when_it_is_there()
    {
        var receiver = new SeatConnection(_arrivals, new SeatObservers([], []), new MalformedPublishes());
        receiver.Drop();
        receiver.OnConnected(_connection);

        Assert.That(_connection.Closed.IsCompleted, Is.True);
        await receiver.FlowAsync();
        Assert.That(_arrivals.Calls, Is.EqualTo(new[] { "close" }));
    }

    [Test]
    public void What_has_ended_is_not_dropped_a_second_time_because_the_next_may_be_open()
    {
        _receiver.Close();
        _receiver.Drop();

        Assert.That(_arrivals.Calls, Is.EqualTo(new[] { "close" }));
        Assert.That(_connection.Closed.IsCompleted, Is.False, "whoever closed it ends it");
    }

    [Test]
    public async Task Letting_it_flow_does_not_wait_for_who_waits_for_room()
    {
        _arrivals.Keepable = 0;
        _arrivals.Room.Reset();
        var receiving = Task.Run(() =>
        {
            _receiver.Receive("1");
            _receiver.Receive("2", SeatConnection.KeptRegardless);
        });
        await Eventually.That(() => _arrivals.Opened is not null, TimeSpan.FromSeconds(10), "it waits for room");

        var handingOver = _receiver.FlowAsync();
        Assert.That(handingOver.IsCompleted, Is.False);

        _arrivals.Room.Set();
        await handingOver;
        await receiving;
        Assert.That(_arrivals.Calls, Is.EqualTo(new[] { "open", "1", "2" }));
    }

    [Test]
    public async Task The_connection_is_known_before_its_first_message()
    {
        _receiver.Receive("1");
        await _receiver.FlowAsync();

        Assert.That(_arrivals.Calls, Is.EqualTo(new[] { "open", "1" }));
        Assert.That(_arrivals.Opened, Is.SameAs(_connection));
        Assert.That(_receiver.End(), Is.True);
    }
}
