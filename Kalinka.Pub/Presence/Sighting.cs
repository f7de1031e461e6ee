namespace Kalinka.Pub.Presence;

internal enum SightingKind
{
    /// <summary>A message came from the client.</summary>
    Traffic,

    /// <summary>The broker says that the client has connected.</summary>
    Came,

    /// <summary>The broker says that the client is gone.</summary>
    Left,

    /// <summary>The broker says that it connected, and then that it is gone.</summary>
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

    /// <summary>What both together say of the client, this one being the earlier.</summary>
    public Sighting Then(in Sighting later)
    {
        if (later.Broker != Broker)
        {
            if (
                Kind is SightingKind.Left or SightingKind.Passed
                && later.Kind is SightingKind.Left or SightingKind.Passed
            )
            {
                return this with { AlsoLeft = later.Broker };
            }

            // A goodbye at another broker is late, and what is not fresh moves nobody; but what a broker says counts more
            // than an old message.
            var moves = later.Fresh || (later.Kind == SightingKind.Came && Kind == SightingKind.Traffic && !Fresh);
            return moves && later.Kind is (SightingKind.Traffic or SightingKind.Came) ? later : this;
        }

        return (Kind, later.Kind) switch
        {
            (SightingKind.Came or SightingKind.Passed, SightingKind.Left) => later with { Kind = SightingKind.Passed },
            (SightingKind.Left or SightingKind.Passed or SightingKind.Ended, SightingKind.Traffic) when !later.Fresh =>
                this,
            (SightingKind.Left or SightingKind.Passed, SightingKind.Ended) => this,
            (SightingKind.Came, SightingKind.Traffic or SightingKind.Claim) => this with
            {
                Fresh = Fresh || later.Fresh,
            },
            (SightingKind.Traffic, SightingKind.Traffic or SightingKind.Claim) => this with
            {
                Fresh = Fresh || later.Fresh,
            },
            _ => later,
        };
    }
}
