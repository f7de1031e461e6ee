using Kalinka.Pub.Intake;

namespace Kalinka.Tests.Pub.Intake;

[TestFixture, CancelAfter(30_000)]
public sealed class SeatConnectionTests
{
    private FakeArrivals _arrivals = null!;
    private SeatConnection _receiver = null!;

    [SetUp]
    public void Connect()
    {
        _arrivals = new FakeArrivals();
        _receiver = new SeatConnection(_arrivals);
    }

    [Test]
    public async Task What_arrives_before_the_last_SUBACK_is_handed_over_in_order_afterwards()
    {
        _receiver.Receive("1");
        _receiver.Receive("2");
        Assert.That(_arrivals.Calls, Is.Empty);

        await _receiver.FlowAsync();
        _receiver.Receive("3");

        Assert.That(_arrivals.Calls, Is.EqualTo(new[] { "1", "2", "3" }));
    }

    [Test]
    public void More_than_a_mebibyte_is_not_held_but_let_through_in_order()
    {
        _receiver.Receive("1", SeatConnection.HoldAtMost / 2);
        Assert.That(_arrivals.Calls, Is.Empty);
        _receiver.Receive("2", SeatConnection.HoldAtMost / 2);
        _receiver.Receive("3");

        Assert.That(_arrivals.Calls, Is.EqualTo(new[] { "1", "2", "3" }));
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

        Assert.That(_arrivals.Calls, Is.EqualTo(new[] { "1", "2", "3" }));
    }

    [Test]
    public async Task The_connection_is_known_before_its_first_message()
    {
        await using var connection = new FakeConnection();
        _receiver.OnConnected(connection);
        _receiver.Receive("1");
        await _receiver.FlowAsync();

        Assert.That(_arrivals.Calls, Is.EqualTo(new[] { "open", "1" }));
    }
}
