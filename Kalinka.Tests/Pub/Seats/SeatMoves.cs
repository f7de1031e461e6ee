using Kalinka.Pub.Seats;

namespace Kalinka.Tests.Pub.Seats;

/// <summary>
/// What the rules may tell an instance of a seat: <see cref="SeatRules"/> for every passing of time, with the seats dealt by
/// <see cref="SeatAssignment"/>, or by anybody anyhow.
/// </summary>
internal abstract class SeatMoves
{
    protected static readonly string[] Names = ["i0", "i1", "one that died"];

    /// <summary>Every move that may be told.</summary>
    public abstract Moves Of(ModelState state, int i, int seat);

    /// <param name="next">Whose the seat is to be; null: nobody's.</param>
    /// <param name="ready">Whether another may be reported to be ready.</param>
    protected static Moves Of(bool held, bool free, int i, int? next, bool ready)
    {
        var moves = default(Moves);
        foreach (var calm in new[] { false, true })
        {
            var situation = new SeatSituation(
                Held: held,
                FreeFor: free ? (calm ? SeatRules.Grace : TimeSpan.Zero) : null,
                Ours: next == i,
                NextIsReady: calm && ready && next is not null && next != i,
                Able: true,
                Unable: false,
                Open: true,
                Calm: calm
            );
            moves |= (Moves)(1 << (int)SeatRules.Decide(situation));
        }

        return moves;
    }
}

[Flags]
internal enum Moves
{
    Wait = 1 << SeatMove.Wait,
    Take = 1 << SeatMove.Take,
    Yield = 1 << SeatMove.Yield,
}

/// <summary>The seats are dealt to anybody at any time. What holds then holds for any number of seats and brokers.</summary>
internal sealed class AnyMoves : SeatMoves
{
    public override Moves Of(ModelState state, int i, int seat)
    {
        var held = state.Claim(i, seat).Holding.Held;
        var free = state.Znode(seat) is null;
        return Of(held, free, i, i, ready: false) | Of(held, free, i, 1 - i, ready: true);
    }
}

/// <summary>As <see cref="SeatAssignment"/> deals them to the instances whose sessions are there.</summary>
internal sealed class DealtMoves(int seats) : SeatMoves
{
    // By the sessions and the znodes' owners: there are few, and each is asked for very often.
    private readonly int?[]?[] _plans = new int?[]?[4 << 4];

    public override Moves Of(ModelState state, int i, int seat)
    {
        var next = Plan(state)[seat];
        return Of(state.Claim(i, seat).Holding.Held, state.Znode(seat) is null, i, next, ready: true);
    }

    private int?[] Plan(ModelState state)
    {
        var key =
            (state.Instance(0).Session ? 1 : 0)
            | (state.Instance(1).Session ? 2 : 0)
            | (state.Znode(0) + 1 ?? 0) << 2
            | (state.Znode(1) + 1 ?? 0) << 4;
        return _plans[key] ??= Deal(state);
    }

    private int?[] Deal(ModelState state)
    {
        var live = Enumerable.Range(0, ModelState.Instances).Where(i => state.Instance(i).Session);
        var holders = Enumerable
            .Range(0, seats)
            .ToDictionary(Seat, seat => state.Znode(seat) is { } owner ? Names[owner] : null);
        var plan = SeatAssignment.Of(live.Select(i => new LiveInstance(Names[i], "", ["b"], [])), holders);
        return
        [
            .. Enumerable
                .Range(0, seats)
                .Select(seat => plan.TryGetValue(Seat(seat), out var name) ? (int?)Array.IndexOf(Names, name) : null),
        ];
    }

    private static SeatId Seat(int seat) => new("b", seat);
}
