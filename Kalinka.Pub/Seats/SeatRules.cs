namespace Kalinka.Pub.Seats;

/// <summary>What an instance does about one seat, now.</summary>
internal enum SeatMove
{
    /// <summary>Leave it as it is.</summary>
    Wait,

    /// <summary>Create the znode, when there is none.</summary>
    Take,

    /// <summary>Drain it and let it go: another is to have it.</summary>
    Yield,
}

/// <summary>What an instance knows about one seat.</summary>
/// <param name="Held">Ours, as far as we know.</param>
/// <param name="FreeFor">How long we have seen no znode; null while there is one.</param>
/// <param name="Ours">The assignment gives it to us.</param>
/// <param name="NextIsReady">
/// The assignment gives it to another that is live and has reported for a settle time that it can serve the broker.
/// </param>
/// <param name="Able">We can serve the broker, as far as we report.</param>
/// <param name="Unable">We have been unable to for so long that another should.</param>
/// <param name="Open">We have been connected to the ensemble for long enough to know who is there.</param>
/// <param name="Calm">Nobody has come or gone for a settle time, and every seat is some live instance's.</param>
internal readonly record struct SeatSituation(
    bool Held,
    TimeSpan? FreeFor,
    bool Ours,
    bool NextIsReady,
    bool Able,
    bool Unable,
    bool Open,
    bool Calm
);

/// <summary>The decisions of the protocol of seats: pure, so that a test can go through all of them.</summary>
internal static class SeatRules
{
    /// <summary>So long a free seat is left to the instance that the assignment names.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>And so long to those that can serve it.</summary>
    public static readonly TimeSpan GraceOfUnable = TimeSpan.FromSeconds(3);

    public static SeatMove Decide(in SeatSituation seat)
    {
        if (seat.Held)
        {
            return seat.NextIsReady && (seat.Calm || seat.Unable) ? SeatMove.Yield : SeatMove.Wait;
        }

        if (!seat.Open || seat.FreeFor is not { } freeFor)
        {
            return SeatMove.Wait;
        }

        return seat.Ours || freeFor >= (seat.Able ? Grace : GraceOfUnable) ? SeatMove.Take : SeatMove.Wait;
    }
}
