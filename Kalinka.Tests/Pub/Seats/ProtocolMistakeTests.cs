using Kalinka.Pub.Seats;

namespace Kalinka.Tests.Pub.Seats;

/// <summary>What the model is good for: each mistake that a daemon could make here is found.</summary>
public sealed class ProtocolMistakeTests
{
    [Test]
    public void A_holder_that_reconnects_unconfirmed_makes_war() =>
        Assert.That(Explore(new Impatient()).FindWar(), Does.Contain("takes the session over"));

    [Test]
    public void A_woken_process_that_trusts_what_it_believed_shares_a_seat() =>
        Assert.That(Explore(new Trusting()).Shared, Does.Contain("wakes"));

    [Test]
    public void An_answer_of_before_a_doubt_that_is_believed_shares_a_seat() =>
        Assert.That(Explore(new Credulous()).Shared, Does.Contain("stale"));

    [Test]
    public void A_connection_that_is_ended_before_it_is_drained_repeats_messages() =>
        Assert.That(ExploreHandover(new Hasty()).Repeat, Does.Contain("disconnects"));

    [Test]
    public void A_holder_that_never_ends_its_connection_is_stuck() =>
        Assert.That(ExploreHandover(new Stubborn()).FindStuck(), Does.Contain("connects"));

    private static StateSpace Explore(SeatConduct conduct) =>
        new(new ProtocolModel(1, new AnyMoves(), finely: true, conduct), faults: true);

    private static StateSpace ExploreHandover(SeatConduct conduct) =>
        new(new ProtocolModel(2, new DealtMoves(2), finely: true, conduct), faults: false);

    private sealed class Impatient : SeatConduct
    {
        public override ReconnectWhen Reconnect(in ModelClaim claim) => ReconnectWhen.AtOnce;
    }

    private sealed class Trusting : SeatConduct
    {
        public override ModelClaim Wake(ModelClaim claim) => claim;
    }

    private sealed class Credulous : SeatConduct
    {
        public override ModelClaim Hear(ModelClaim claim, SeatOwner? owner) =>
            base.Hear(claim with { Stale = false }, owner);
    }

    private sealed class Hasty : SeatConduct
    {
        public override bool IsDrained(Link link) => link != Link.None;
    }

    private sealed class Stubborn : SeatConduct
    {
        public override bool IsDrained(Link link) => false;
    }
}
