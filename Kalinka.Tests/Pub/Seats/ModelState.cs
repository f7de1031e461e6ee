using System.Collections.Immutable;
using System.Globalization;
using Kalinka.Pub.Seats;

namespace Kalinka.Tests.Pub.Seats;

/// <summary>A connection of one seat.</summary>
internal enum Link
{
    None,

    /// <summary>Everything that was produced has been acknowledged.</summary>
    Idle,

    /// <summary>Something was produced that is not acknowledged yet: if it ends now, that comes again.</summary>
    Busy,
}

/// <param name="Connected">To the ensemble, as far as it knows.</param>
/// <param name="Session">The ensemble knows its session.</param>
/// <param name="Paused">The process does not run.</param>
/// <param name="WasClosed">The last connection of the seat was ended by the broker, or dropped.</param>
internal sealed record ModelInstance(
    bool Connected,
    bool Session,
    bool Paused,
    ImmutableArray<Holding> Holdings,
    ImmutableArray<Link> Links,
    ImmutableArray<bool> WasClosed
)
{
    public static ModelInstance New(int seats) =>
        new(
            Connected: false,
            Session: false,
            Paused: false,
            [.. Enumerable.Repeat(default(Holding).Want(), seats)],
            [.. Enumerable.Repeat(Link.None, seats)],
            [.. Enumerable.Repeat(false, seats)]
        );

    public ModelInstance Set(int seat, Link link) => this with { Links = Links.SetItem(seat, link) };

    public ModelInstance Set(int seat, Holding holding) => this with { Holdings = Holdings.SetItem(seat, holding) };

    public ModelInstance Closed(int seat, bool closed) => this with { WasClosed = WasClosed.SetItem(seat, closed) };

    public bool ConfirmedOwner(int seat) => !Paused && Holdings[seat].Confirmed;

    public override string ToString() =>
        $"{(Connected ? "c" : "-")}{(Session ? "s" : "-")}{(Paused ? "p" : "-")}"
        + string.Concat(Holdings.Select(Letters))
        + string.Concat(Links.Select(link => link.ToString()[0]))
        + string.Concat(WasClosed.Select(closed => closed ? 'x' : '.'));

    private static string Letters(Holding holding) =>
        $"[{(holding.Wanted ? "w" : "")}{(holding.Held ? "h" : "")}{(holding.Confirmed ? "c" : "")}"
        + $"{(holding.Yielding ? "y" : "")}{(holding.Elsewhere ? "e" : "")}]";
}

/// <param name="Znodes">By seat: the instance whose session owns it.</param>
/// <param name="Faults">So many things went wrong so far.</param>
/// <param name="Waits">So often a holder that could not confirm its seat lost patience.</param>
/// <param name="Takeovers">So often a connection was ended by the other instance's.</param>
/// <param name="Repeated">A connection ended with something unacknowledged.</param>
internal sealed record ModelState(
    bool EnsembleUp,
    ImmutableArray<ModelInstance> Instances,
    ImmutableArray<int?> Znodes,
    int Faults,
    int Waits,
    int Takeovers,
    bool Repeated
)
{
    /// <summary>The waits double each time, so there are few in any time.</summary>
    public const int MostWaits = 1;

    /// <summary>More takeovers than any bound allows: from there nothing is looked at.</summary>
    public const int War = 12;

    public ModelState Fail() => this with { Faults = Faults + 1 };

    /// <summary>Everything is held, read and confirmed by one each, and evenly.</summary>
    public bool IsGood =>
        EnsembleUp
        && Instances.All(instance => instance is { Connected: true, Session: true, Paused: false })
        && Znodes.Distinct().Count() == Znodes.Length
        && Enumerable.Range(0, Znodes.Length).All(IsServed);

    /// <summary>The same for the same state.</summary>
    public string Key =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(EnsembleUp ? "U" : "D")}{string.Join('|', Instances)}|{string.Join(',', Znodes)}|{Faults},{Waits},{Takeovers},{Repeated}"
        );

    public override string ToString() => Key;

    private bool IsServed(int seat) =>
        Znodes[seat] is { } owner && Instances[owner].ConfirmedOwner(seat) && Instances[owner].Links[seat] != Link.None;
}

internal readonly record struct ModelStep(string What, ModelState Next);
