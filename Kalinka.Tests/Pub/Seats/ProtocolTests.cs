namespace Kalinka.Tests.Pub.Seats;

/// <summary>
/// Every state that two instances can come to, by any number of faults in any order: with two seats, dealt as the daemon
/// deals them; with one, and answers of the ensemble that come late; and with one that is dealt anyhow.
/// </summary>
[TestFixture(2, true)]
[TestFixture(1, true)]
[TestFixture(1, false)]
public sealed class ProtocolTests(int seats, bool dealt)
{
    private readonly SeatMoves _moves = dealt ? new DealtMoves(seats) : new AnyMoves();
    private StateSpace _all = null!;

    [OneTimeSetUp]
    public void Explore()
    {
        _all = new StateSpace(new ProtocolModel(seats, _moves, finely: seats == 1, new SeatConduct()), faults: true);
        TestContext.Progress.WriteLine(
            $"{seats} seats, {_moves.GetType().Name}: {_all.Count} states, {_all.Edges} steps"
        );
    }

    [Test]
    public void Never_do_two_believe_to_be_the_confirmed_owner_of_one_seat() => Assert.That(_all.Shared, Is.Null);

    [Test]
    public void There_is_no_war_the_takeovers_are_bounded_by_the_faults_and_the_waits() =>
        Assert.That(_all.FindWar(), Is.Null);

    [Test]
    public void Without_a_fault_nothing_is_taken_away_and_a_drained_handover_repeats_nothing()
    {
        var faultless = new StateSpace(
            new ProtocolModel(seats, _moves, finely: true, new SeatConduct()),
            faults: false
        );
        Assert.That(faultless.FindWar() ?? faultless.Repeat, Is.Null);
    }

    [Test]
    public void From_everywhere_things_come_to_a_state_in_which_every_seat_is_held_and_read() =>
        Assert.That(_all.FindStuck(), Is.Null);

    /// <summary>So what holds for one that is dealt anyhow holds for each of any number of seats and brokers.</summary>
    [Test]
    public void Each_seat_is_in_a_state_that_one_alone_can_be_in_which_is_dealt_anyhow()
    {
        var alone = new StateSpace(new ProtocolModel(1, new AnyMoves(), seats == 1, new SeatConduct()), faults: true);
        var found = _all.States.Where(state =>
            Enumerable.Range(0, seats).Any(seat => !alone.Contains(state.Only(seat)))
        );
        Assert.That(found.Take(1), Is.Empty);
    }
}
