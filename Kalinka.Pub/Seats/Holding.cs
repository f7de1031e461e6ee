namespace Kalinka.Pub.Seats;

/// <summary>
/// What one instance believes of one seat, and how what it sees and does changes that. Immutable and pure: the claim
/// keeps one, and the model of the protocol walks through all of them.
/// </summary>
internal readonly record struct Holding
{
    /// <summary>Somebody here waits for the seat, or serves it.</summary>
    public bool Wanted { get; private init; }

    /// <summary>The creation zxid of our znode; null when the seat is not ours.</summary>
    public long? Epoch { get; private init; }

    /// <summary>Ours, and nobody else can have it: our znode has been seen, and the session has not been in doubt since.</summary>
    public bool Confirmed { get; private init; }

    /// <summary>Still ours, and being drained for another.</summary>
    public bool Yielding { get; private init; }

    /// <summary>Another's znode was seen last.</summary>
    public bool Elsewhere { get; private init; }

    public bool Held => Epoch is not null;

    public Holding Want() => this with { Wanted = true };

    /// <summary>The connection to the ensemble, or the process itself, was away: the znode may be gone.</summary>
    public Holding Doubt() => this with { Confirmed = false };

    /// <summary>Only what is held can be given up; from here on it is drained.</summary>
    public Holding Yield() => this with { Yielding = Held };

    /// <summary>Given up, or never had. The znode, if it is ours, goes next.</summary>
    public Holding Release() => new() { Elsewhere = Elsewhere };

    /// <summary>
    /// There is no znode: is it to be created? A holder whose session expired takes its seat again before others do;
    /// one that yields does not.
    /// </summary>
    /// <param name="move">What the rules say of a free seat.</param>
    public bool Takes(SeatMove move) => Wanted && !Yielding && (Held || move == SeatMove.Take);

    /// <summary>The znode was seen, or was found missing.</summary>
    /// <param name="owner">Null: there is none.</param>
    public Holding See(SeatOwner? owner) =>
        owner switch
        {
            null => this with { Confirmed = false, Elsewhere = false },
            { Ours: false } => new Holding { Wanted = Wanted && !Held, Elsewhere = true },
            { Epoch: var epoch } when Wanted => this with { Epoch = epoch, Confirmed = true, Elsewhere = false },
            _ => this with { Elsewhere = false },
        };

    /// <summary>The ensemble's answer has come.</summary>
    /// <param name="owner">Null: there is no znode.</param>
    /// <param name="stale">
    /// It was asked for before the last doubt, or before the seat was given up: that the znode was ours then proves nothing.
    /// </param>
    public Holding Hear(SeatOwner? owner, bool stale) => stale && owner is { Ours: true } ? this : See(owner);

    /// <summary>
    /// When the holder may connect. The confirmed owner at once. One that was thrown out by another connection (0x8E)
    /// waits to be confirmed; one that does not know why it was closed waits only so long, for perhaps nobody did it.
    /// </summary>
    public ReconnectWhen Reconnect(bool takenOver) =>
        Confirmed ? ReconnectWhen.AtOnce
        : takenOver ? ReconnectWhen.Confirmed
        : ReconnectWhen.ConfirmedOrPatient;
}

internal enum ReconnectWhen
{
    AtOnce,
    Confirmed,
    ConfirmedOrPatient,
}
