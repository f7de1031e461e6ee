using Kalinka.Pub.Intake;

namespace Kalinka.Pub;

/// <summary>What one seat's session carries beside the messages.</summary>
/// <param name="Drops">Null for all seats but the first of a broker.</param>
internal sealed record SeatObservation(AgeMarker Age, DropCounter? Drops, SeatObservers All)
{
    /// <param name="taken">Subscription Identifiers of the rules.</param>
    /// <param name="others">Who observes beside these; for the first seat of a broker.</param>
    public static SeatObservation Of(
        AgeMarker age,
        bool firstSeat,
        IReadOnlyList<ISeatObserver> others,
        IEnumerable<uint> taken
    )
    {
        if (!firstSeat)
        {
            return new SeatObservation(age, null, new SeatObservers([age], taken));
        }

        var drops = new DropCounter();
        return new SeatObservation(age, drops, new SeatObservers([age, drops, .. others], taken));
    }
}
