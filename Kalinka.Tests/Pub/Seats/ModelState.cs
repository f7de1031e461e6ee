using System.Globalization;
using System.Text;
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

/// <summary>How the last connection of a seat ended, as its holder was told.</summary>
internal enum Ending
{
    /// <summary>There was none, or the last attempt made none.</summary>
    None,

    /// <summary>Without a reason: Mosquitto 2.0.11, MQTT 3.1.1, a broken network.</summary>
    Silent,

    /// <summary>0x8E, session taken over.</summary>
    TakenOver,
}

/// <summary>What the ensemble has answered, and the claim has not heard yet.</summary>
internal enum Answer
{
    None,
    NoZnode,
    Ours,
    Others,
}

/// <summary>What one instance has of one seat.</summary>
/// <param name="Stale">Something happened since the question that the answer does not know.</param>
internal readonly record struct ModelClaim(Holding Holding, Link Link, Ending Ending, Answer Answer, bool Stale)
{
    public const int Bits = 11;

    public static ModelClaim New { get; } = new(default(Holding).Want(), Link.None, Ending.None, Answer.None, false);

    public static ModelClaim Of(ulong bits) =>
        new(
            HoldingCode.Of((int)(bits & 15)),
            (Link)(bits >> 4 & 3),
            (Ending)(bits >> 6 & 3),
            (Answer)(bits >> 8 & 3),
            (bits >> 10 & 1) != 0
        );

    public ulong ToBits() =>
        (uint)HoldingCode.Of(Holding)
        | (ulong)Link << 4
        | (ulong)Ending << 6
        | (ulong)Answer << 8
        | (Stale ? 1UL : 0) << 10;

    public override string ToString() =>
        $"[{(Holding.Wanted ? "w" : "")}{(Holding.Held ? "h" : "")}{(Holding.Confirmed ? "c" : "")}"
        + $"{(Holding.Yielding ? "y" : "")} {Link} after {Ending}"
        + $"{(Answer == Answer.None ? "" : $" hears {Answer}{(Stale ? ", stale" : "")}")}]";
}

/// <summary>What one instance is beside its seats.</summary>
/// <param name="Connected">To the ensemble, as far as it knows.</param>
/// <param name="Session">The ensemble knows its session.</param>
/// <param name="Paused">The process does not run.</param>
internal readonly record struct ModelInstance(bool Connected, bool Session, bool Paused)
{
    public const int Bits = 3;

    public static ModelInstance Of(ulong bits) => new((bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0);

    public ulong ToBits() => (Connected ? 1UL : 0) | (Session ? 2UL : 0) | (Paused ? 4UL : 0);

    public override string ToString() => $"{(Connected ? "c" : "-")}{(Session ? "s" : "-")}{(Paused ? "p" : "-")}";
}

/// <summary>Everything, in the bits by which states are told apart: two instances, and two seats at most.</summary>
internal readonly record struct ModelState(ulong Bits)
{
    public const int Instances = 2;
    public const int MostSeats = 2;

    /// <summary>A znode's owner that is no instance: the session of a process that died.</summary>
    public const int Dead = Instances;

    private const ulong ClaimMask = (1 << ModelClaim.Bits) - 1;
    private const int InstancesAt = Instances * MostSeats * ModelClaim.Bits;
    private const int ZnodesAt = InstancesAt + Instances * ModelInstance.Bits;

    public ModelInstance Instance(int i) => ModelInstance.Of(Bits >> InstanceAt(i) & 7);

    public ModelClaim Claim(int i, int seat) => ModelClaim.Of(Bits >> ClaimAt(i, seat) & ClaimMask);

    /// <summary>Null: there is none.</summary>
    public int? Znode(int seat) => (int)(Bits >> ZnodeAt(seat) & 3) is > 0 and var owner ? owner - 1 : null;

    public bool ConfirmedOwner(int i, int seat) => !Instance(i).Paused && Claim(i, seat).Holding.Confirmed;

    public ModelState With(int i, ModelInstance instance) => With(InstanceAt(i), 7, instance.ToBits());

    public ModelState With(int i, int seat, in ModelClaim claim) => With(ClaimAt(i, seat), ClaimMask, claim.ToBits());

    public ModelState WithZnode(int seat, int? owner) => With(ZnodeAt(seat), 3, (ulong)(owner + 1 ?? 0));

    public override string ToString()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Instances; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $" | {i} {Instance(i)} {Claim(i, 0)}{Claim(i, 1)}");
        }

        return text.Append(CultureInfo.InvariantCulture, $" | znodes {Znode(0)},{Znode(1)}").ToString();
    }

    /// <summary>As if there were no other seat.</summary>
    public ModelState Only(int seat)
    {
        var alone = this;
        for (var i = 0; i < Instances; i++)
        {
            alone = alone.With(i, 0, Claim(i, seat)).With(i, 1, ModelClaim.New);
        }

        return alone.WithZnode(0, Znode(seat)).WithZnode(1, null);
    }

    private static int ClaimAt(int i, int seat) => (i * MostSeats + seat) * ModelClaim.Bits;

    private static int InstanceAt(int i) => InstancesAt + i * ModelInstance.Bits;

    private static int ZnodeAt(int seat) => ZnodesAt + seat * 2;

    private ModelState With(int at, ulong mask, ulong bits) => new(Bits & ~(mask << at) | (bits & mask) << at);
}
