namespace Kalinka.Pub;

/// <summary>What seats have counted together, those of brokers that are gone among them: no total ever falls.</summary>
internal sealed record SeatTotals
{
    public long Received { get; init; }

    public long Unmapped { get; init; }

    public long DeadLettered { get; init; }

    public long Shed { get; init; }

    public long Copies { get; init; }

    public long ForgedHeaders { get; init; }

    public long AlreadyConfirmed { get; init; }

    public long Malformed { get; init; }

    public long SessionsLost { get; init; }

    /// <summary>Observers that failed on a message.</summary>
    public long ObservedInVain { get; init; }

    public SeatTotals With(SeatRunner seat)
    {
        var counters = seat.Flow.Counters;
        return new SeatTotals
        {
            Received = Received + counters.Received,
            Unmapped = Unmapped + counters.Unmapped,
            DeadLettered = DeadLettered + counters.DeadLettered,
            Shed = Shed + counters.Shed,
            Copies = Copies + counters.Copies,
            ForgedHeaders = ForgedHeaders + counters.ForgedHeaders,
            AlreadyConfirmed = AlreadyConfirmed + counters.AlreadyConfirmed,
            Malformed = Malformed + counters.Malformed,
            SessionsLost = SessionsLost + seat.Session.SessionsLost,
            ObservedInVain = ObservedInVain + seat.Flow.Observation.All.Failures,
        };
    }
}
