namespace Kalinka.Pub.Presence;

internal enum SightingKind
{
    /// <summary>A message came from the client.</summary>
    Traffic,

    /// <summary>The broker says that the client has connected.</summary>
    Came,

    /// <summary>The broker says that the client is gone.</summary>
    Left,

    /// <summary>It was there, and then the broker said that it is gone.</summary>
    Passed,

    /// <summary>What the broker kept for a client that had left is gone, too.</summary>
    Ended,

    /// <summary>The client is connected there by all that is known, and the entry may say otherwise.</summary>
    Claim,
}

/// <summary>Where a client was seen, before it is compared with the entry.</summary>
/// <param name="Fresh">It tells of now, not of what a broker had queued: only then it moves a client from another broker.</param>
/// <param name="At">Unix milliseconds, by our clock.</param>
/// <param name="Attempts">How often others were faster.</param>
internal readonly record struct Sighting(SightingKind Kind, string Broker, bool Fresh, long At, int Attempts = 0)
{
    public bool IsHere => Kind is SightingKind.Traffic or SightingKind.Came or SightingKind.Claim;

    /// <summary>
    /// Another broker that has said goodbye at about the same time: which of the two had the client, the entry tells. Null: none.
    /// </summary>
    public string? AlsoLeft { get; init; }

    /// <summary>What the broker kept for the client that left is gone, too.</summary>
    public bool NothingKept { get; init; }

    /// <summary>It is of now and says that the client was there: the entry of another broker gives way to it.</summary>
    public bool Moves => Fresh && Kind is (SightingKind.Traffic or SightingKind.Came or SightingKind.Passed);

    private bool IsGoodbye => Kind is SightingKind.Left or SightingKind.Passed;

    /// <summary>
    /// What both together say of the client, this one being the earlier: what they would have made of the entry one after
    /// the other.
    /// </summary>
    public Sighting Then(in Sighting later) => later.Broker == Broker ? ThenHere(later) : ThenElsewhere(later);

    private Sighting ThenHere(in Sighting later) =>
        (Kind, later.Kind) switch
        {
            (SightingKind.Left or SightingKind.Ended, SightingKind.Left) => Continued(later) with
            {
                NothingKept = NothingKept || Kind == SightingKind.Ended,
            },
            (_, SightingKind.Left) => Continued(later) with { Kind = SightingKind.Passed, Fresh = Fresh },
            (SightingKind.Left or SightingKind.Passed or SightingKind.Ended, SightingKind.Traffic) when !later.Fresh =>
                this,
            (SightingKind.Left or SightingKind.Passed, SightingKind.Ended) => this with { NothingKept = true },
            // The session that ended was an earlier one.
            (SightingKind.Came or SightingKind.Traffic or SightingKind.Claim, SightingKind.Ended) => this,
            (SightingKind.Came or SightingKind.Traffic, SightingKind.Traffic or SightingKind.Claim) => this with
            {
                Fresh = Fresh || later.Fresh,
            },
            _ => Continued(later),
        };

    private Sighting ThenElsewhere(in Sighting later)
    {
        // What a broker says counts more than an old message, be it of now or not.
        var outdated = Kind == SightingKind.Traffic && !Fresh;
        if (Kind == SightingKind.Ended || later.Moves || (outdated && later.Kind == SightingKind.Came))
        {
            return later;
        }

        // What moves the entry leaves nothing for another broker's goodbye to change.
        if (!later.IsGoodbye || Moves)
        {
            return this;
        }

        return outdated ? later : this with { AlsoLeft = later.Broker };
    }

    private Sighting Continued(in Sighting later) => later with { AlsoLeft = later.AlsoLeft ?? AlsoLeft };
}
