using Kalinka.Pub.Seats;

namespace Kalinka.Tests.Pub.Seats;

/// <summary>
/// What an instance does in the model, as <see cref="ZnodeSeatClaim"/>, <c>SeatRunner</c> and <c>PubStages</c> do it.
/// A test that shows that the model finds mistakes makes one here.
/// </summary>
internal class SeatConduct
{
    /// <summary>The connection ended, whoever ended it.</summary>
    public virtual ModelClaim Closed(ModelClaim claim) => Doubt(claim);

    /// <summary>The ensemble, or the process itself, was away.</summary>
    public virtual ModelClaim Doubt(ModelClaim claim) =>
        claim with
        {
            Holding = claim.Holding.Doubt(),
            Stale = claim.Answer != Answer.None,
        };

    /// <summary>The process stood still: its connections are dropped before this.</summary>
    public virtual ModelClaim Wake(ModelClaim claim) => Doubt(claim);

    public virtual ReconnectWhen Reconnect(in ModelClaim claim) =>
        claim.Ending == Ending.None
            ? ReconnectWhen.AtOnce
            : claim.Holding.Reconnect(takenOver: claim.Ending == Ending.TakenOver);

    /// <summary>What is heard of the znode.</summary>
    public virtual ModelClaim Hear(ModelClaim claim, SeatOwner? owner) =>
        claim with
        {
            Holding = claim.Holding.Hear(owner, claim.Stale),
            Answer = Answer.None,
            Stale = false,
        };

    /// <summary>The connection of a seat that is to be given up is ended in this state of its records.</summary>
    public virtual bool IsDrained(Link link) => link == Link.Idle;
}
