namespace Kalinka.Tests.Pub.Seats;

/// <summary>What kind of thing happens: what it may cost others, and who has to bring it about.</summary>
internal enum Happening
{
    /// <summary>By itself, sooner or later.</summary>
    Step,

    /// <summary>A holder that could not confirm its seat has lost patience. The waits double, so these are few in any time.</summary>
    Wait,

    /// <summary>Something went wrong.</summary>
    Fault,
}

/// <param name="What">Happened to <paramref name="Seat"/> of instance <paramref name="I"/>; below zero: to nobody's.</param>
/// <param name="Takeover">A connection was ended by the other instance's.</param>
/// <param name="Repeats">A connection ended with something unacknowledged.</param>
internal readonly record struct ModelStep(
    Happening Kind,
    string What,
    int I,
    int Seat,
    ModelState Next,
    bool Takeover = false,
    bool Repeats = false
)
{
    public override string ToString() =>
        $"{(Kind == Happening.Step ? "" : $"{Kind}: ")}{(I < 0 ? "" : $"{I} ")}{What}{(Seat < 0 ? "" : $", seat {Seat}")}";
}
