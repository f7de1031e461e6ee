namespace Kalinka.Pub.Seats;

/// <summary>What was seen of a seat's znode, and since when.</summary>
/// <param name="Known">It has been looked at.</param>
/// <param name="Owner">Null: there was none.</param>
/// <param name="LastInstance">Who held it last, while we were looking; null when nobody has.</param>
/// <param name="Since">When it was seen so first: a timestamp of the clock.</param>
internal sealed record SeatSighting(bool Known, SeatOwner? Owner, string? LastInstance, long Since)
{
    public static SeatSighting None { get; } = new(false, null, null, 0);

    /// <summary>Seen again: the same when nothing has changed.</summary>
    public SeatSighting Then(SeatOwner? owner, long now) =>
        Known && owner == Owner ? this : new SeatSighting(true, owner, owner?.Instance ?? LastInstance, now);
}
