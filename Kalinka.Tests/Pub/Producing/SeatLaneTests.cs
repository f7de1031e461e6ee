using Kalinka.Common.Delivery;
using Kalinka.Pub.Producing;

namespace Kalinka.Tests.Pub.Producing;

[TestFixture]
public sealed class SeatLaneTests
{
    private readonly ByteBudget _budget = new(1_000_000);
    private SeatLane _lane = null!;
    private FakeConnection _connection = null!;

    [SetUp]
    public void Attach()
    {
        _lane = new LaneTable(_budget).Add(window: 4);
        _connection = new FakeConnection();
        _lane.Attach(_connection);
    }

    [TearDown]
    public async Task Close() => await _connection.DisposeAsync();

    [Test]
    public void Acknowledgements_leave_in_the_order_of_arrival_whatever_the_order_of_the_reports()
    {
        var tickets = Enumerable.Range(1, 600).Select(number => Enter((ushort)number)).ToArray();

        foreach (var ticket in tickets.Reverse())
        {
            _lane.Settle(ticket);
            _lane.Acknowledge();
        }

        Assert.That(_connection.Acknowledged, Is.EqualTo(Enumerable.Range(1, 600)));
        Assert.That(_lane.InFlight, Is.Zero);
    }

    [Test]
    public void Nothing_is_acknowledged_behind_a_message_that_is_not_settled()
    {
        Enter(1);
        _lane.Settle(Enter(2));
        _lane.Acknowledge();

        Assert.That(_connection.Acknowledged, Is.Empty);
        Assert.That(_lane.InFlight, Is.EqualTo(2));
    }

    [Test]
    public void A_report_after_the_end_of_the_connection_acknowledges_nothing_on_the_next()
    {
        var late = Enter(1);
        _lane.Detach();
        _lane.Settle(late);
        Assert.That(() => _lane.Attach(new FakeConnection()), Throws.InvalidOperationException, "not yet released");
        _lane.Acknowledge();
        var next = new FakeConnection();
        _lane.Attach(next);
        _lane.Acknowledge();

        Assert.That(_connection.Acknowledged, Is.Empty);
        Assert.That(next.Acknowledged, Is.Empty);
    }

    [Test]
    public void The_next_connection_must_wait_for_the_reports_of_the_last()
    {
        var open = Enter(1);
        _lane.Detach();

        Assert.That(() => _lane.Attach(new FakeConnection()), Throws.InvalidOperationException);
        var settled = _lane.WhenSettledAsync();
        Assert.That(settled.IsCompleted, Is.False);
        _lane.Settle(open);
        Assert.That(settled.IsCompleted, Is.False, "before the PUBACK is with the connection");
        _lane.Acknowledge();
        Assert.That(settled.IsCompletedSuccessfully, Is.True);
        Assert.That(() => _lane.Attach(new FakeConnection()), Throws.Nothing);
    }

    [Test]
    public void After_a_record_was_thrown_away_nothing_more_is_acknowledged()
    {
        var gone = Enter(1);
        var later = Enter(2);
        _lane.Abandon(gone);
        _lane.Settle(later);
        _lane.Acknowledge();

        Assert.That(_connection.Acknowledged, Is.Empty);
    }

    [Test]
    public void Bytes_come_back_when_a_message_is_settled()
    {
        var before = _budget.Held;
        _budget.TryTake(77);
        _lane.Settle(_lane.Enter(1, 77, fingerprint: 0));

        Assert.That(_budget.Held, Is.EqualTo(before));
    }

    private long Enter(ushort packetIdentifier)
    {
        _budget.TryTake(1);
        return _lane.Enter(packetIdentifier, 1, fingerprint: 0);
    }
}
