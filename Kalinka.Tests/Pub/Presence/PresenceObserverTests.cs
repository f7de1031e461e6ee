using Kalinka.Pub;
using Kalinka.Pub.Intake;
using Kalinka.Pub.Seats;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Pub.Presence;

/// <summary>The reader of a broker's events, while its seat changes hands.</summary>
[TestFixture]
public sealed class PresenceObserverTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(55));
    private readonly FixedSeatClaim _claim = new("b1", 0, epoch: 1);
    private PubInstance _pub = null!;
    private FakeConnection _connection = null!;
    private PresenceObserver _observer = null!;

    [SetUp]
    public void Connect()
    {
        _pub = new PubInstance(new MemoryDirectory(), _time);
        _connection = new FakeConnection();
        var age = new AgeMarker("kalinka-pub-b1-0", () => default, _time, NullLogger.Instance);
        _observer = PresenceObserver.Of(_pub.Presence.ReaderOf("b1")!, _claim, age);
        _observer.OnConnected(_connection);
        _pub.Online("b1", "c");
    }

    [TearDown]
    public async Task Stop()
    {
        await _connection.DisposeAsync();
        await _pub.DisposeAsync();
    }

    [Test]
    public async Task A_seat_that_is_ours_anew_under_a_living_connection_has_missed_nothing()
    {
        await _claim.AcquireAsync(CancellationToken.None);

        Assert.That(_pub.Presence.Connected, Is.EqualTo(1));
        Assert.That(_pub.Presence.ReaderOf("b1")!.Following, Is.True, "the ensemble may have been wiped");
    }

    [Test]
    public async Task But_the_next_connection_begins_with_nothing_because_another_may_have_ended_this_one()
    {
        await _claim.AcquireAsync(CancellationToken.None);
        _observer.OnClosed();

        Assert.That(_pub.Presence.Connected, Is.Zero);
        Assert.That(_pub.Presence.ReaderOf("b1")!.Following, Is.False);
    }

    [Test]
    public async Task A_seat_that_is_ours_anew_while_nobody_is_connected_begins_with_nothing()
    {
        _observer.OnClosed();
        Assert.That(_pub.Presence.Connected, Is.EqualTo(1), "the connection may only have been interrupted");
        await _claim.AcquireAsync(CancellationToken.None);

        Assert.That(_pub.Presence.Connected, Is.Zero);
    }

    [Test]
    public void What_a_broker_told_is_forgotten_with_its_seats()
    {
        _pub.Presence.Forget("b1");
        Assert.That(_pub.Presence.Connected, Is.Zero);
    }

    [Test]
    public void Kalinkas_own_connections_are_no_clients()
    {
        _pub.Online("b1", "kalinka-pub-b1-0");
        _pub.Online("b1", "kalinka-sub-host-b1");
        Assert.That(_pub.Presence.Connected, Is.EqualTo(1));
    }
}
