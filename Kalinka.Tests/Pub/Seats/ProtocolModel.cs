using Kalinka.Pub.Seats;

namespace Kalinka.Tests.Pub.Seats;

/// <summary>
/// The protocol of seats for two instances, one step after the other in every order: what each instance believes and does
/// is decided by the code of the daemon (<see cref="Holding"/>, <see cref="SeatRules"/>, <see cref="SeatAssignment"/>) and
/// by what <see cref="SeatConduct"/> repeats of it; ZooKeeper, the broker and the passing of time are modelled here.
/// </summary>
/// <remarks>
/// Of ZooKeeper it is assumed what it promises: a session expires only when its client has not been heard for the session
/// time-out, and by then a client that runs has noticed that it is disconnected. A process that does not run notices
/// nothing; its watch tells it first of all when it wakes. A takeover is told or not: there are brokers of both kinds.
/// </remarks>
/// <param name="finely">
/// Between a question to the ensemble and the hearing of its answer anything may happen; else looks are one step.
/// </param>
internal sealed class ProtocolModel(int seats, SeatMoves moves, bool finely, SeatConduct conduct)
{
    private readonly ModelLives _lives = new(seats, conduct);

    public int Seats => seats;

    /// <summary>Nobody has reached the ensemble yet: one may have all seats before the other comes.</summary>
    public static ModelState Start
    {
        get
        {
            var start = default(ModelState);
            for (var claim = 0; claim < ModelState.Instances * ModelState.MostSeats; claim++)
            {
                start = start.With(claim / ModelState.MostSeats, claim % ModelState.MostSeats, ModelClaim.New);
            }

            return start;
        }
    }

    /// <summary>Everything is held, read and confirmed by one each, and evenly.</summary>
    public bool IsGood(ModelState state)
    {
        for (var i = 0; i < ModelState.Instances; i++)
        {
            if (state.Instance(i) is not { Connected: true, Session: true, Paused: false })
            {
                return false;
            }
        }

        for (var seat = 0; seat < seats; seat++)
        {
            if (
                state.Znode(seat) is not (>= 0 and < ModelState.Instances and var owner)
                || !state.ConfirmedOwner(owner, seat)
                || state.Claim(owner, seat).Link == Link.None
            )
            {
                return false;
            }
        }

        return seats == 1 || state.Znode(0) != state.Znode(1);
    }

    /// <summary>What happens by itself; what leads to a good state first.</summary>
    public void Steps(ModelState state, List<ModelStep> into)
    {
        for (var i = 0; i < ModelState.Instances; i++)
        {
            StepsOf(state, i, into);
        }

        for (var owner = 0; owner <= ModelState.Dead; owner++)
        {
            if (owner == ModelState.Dead ? _lives.Owns(state, owner) : ModelLives.MayExpire(state.Instance(owner)))
            {
                into.Add(new(Happening.Step, "'s session expires", owner, -1, _lives.Expire(state, owner)));
            }
        }
    }

    /// <summary>What the world may do.</summary>
    public void Faults(ModelState state, List<ModelStep> into)
    {
        into.Add(new(Happening.Fault, "the ensemble goes", -1, -1, _lives.Disconnect(_lives.Disconnect(state, 0), 1)));
        for (var i = 0; i < ModelState.Instances; i++)
        {
            FaultsOf(state, i, into);
        }
    }

    private void FaultsOf(ModelState state, int i, List<ModelStep> into)
    {
        var instance = state.Instance(i);
        if (instance is { Connected: true, Paused: false })
        {
            into.Add(new(Happening.Fault, "loses the ensemble", i, -1, _lives.Disconnect(state, i)));
        }

        if (!instance.Paused)
        {
            into.Add(new(Happening.Fault, "stands still", i, -1, _lives.Pause(state, i)));
        }

        into.Add(new(Happening.Fault, "dies, and is started again", i, -1, _lives.Die(state, i)));
        for (var seat = 0; seat < seats; seat++)
        {
            if (state.Claim(i, seat).Link != Link.None)
            {
                into.Add(new(Happening.Fault, "is closed", i, seat, Close(state, i, seat, Ending.Silent)));
                into.Add(new(Happening.Fault, "is told 0x8E", i, seat, Close(state, i, seat, Ending.TakenOver)));
            }
            else if (!instance.Paused && When(state, i, seat) is not (null or ReconnectWhen.Confirmed))
            {
                var claim = state.Claim(i, seat) with { Ending = Ending.None };
                into.Add(new(Happening.Fault, "does not get through", i, seat, state.With(i, seat, claim)));
            }
        }
    }

    private void StepsOf(ModelState state, int i, List<ModelStep> into)
    {
        var instance = state.Instance(i);
        if (instance.Paused)
        {
            into.Add(_lives.Wake(state, i));
            return;
        }

        if (!instance.Connected)
        {
            var there = instance with { Connected = true, Session = true };
            into.Add(new(Happening.Step, "reaches the ensemble", i, -1, state.With(i, there)));
        }

        for (var seat = 0; seat < seats; seat++)
        {
            Look(state, i, seat, into);
            Serve(state, i, seat, into);
        }
    }

    private void Look(ModelState state, int i, int seat, List<ModelStep> into)
    {
        var claim = state.Claim(i, seat);
        var connected = state.Instance(i).Connected;
        if (
            connected
            && (moves.Of(state, i, seat) & Moves.Yield) != 0
            && claim.Holding is { Held: true, Yielding: false }
        )
        {
            var yields = claim with { Holding = claim.Holding.Yield() };
            into.Add(new(Happening.Step, "is to yield", i, seat, state.With(i, seat, yields)));
        }

        if (finely && claim.Answer != Answer.None)
        {
            Hear(state, i, seat, into);
        }
        else if (connected)
        {
            var asked = state.With(i, seat, claim with { Answer = Seen(state, i, seat), Stale = false });
            if (finely)
            {
                into.Add(new(Happening.Step, "looks", i, seat, asked));
            }
            else
            {
                Hear(asked, i, seat, into);
            }
        }
    }

    // What is heard, and the create that may follow.
    private void Hear(ModelState state, int i, int seat, List<ModelStep> into)
    {
        var answer = state.Claim(i, seat).Answer;
        SeatOwner? owner = answer == Answer.NoZnode ? null : new SeatOwner(answer == Answer.Ours, 1, "");
        var claim = conduct.Hear(state.Claim(i, seat), owner);
        var heard = state.With(i, seat, claim);
        into.Add(new(Happening.Step, "sees", i, seat, heard));
        var free = owner is null && state.Instance(i).Connected && state.Znode(seat) is null;
        var told = moves.Of(heard, i, seat);
        if (
            free
            && (claim.Holding.Takes(SeatMove.Wait) || ((told & Moves.Take) != 0 && claim.Holding.Takes(SeatMove.Take)))
        )
        {
            var created = heard.With(i, seat, claim with { Answer = Answer.Ours }).WithZnode(seat, i);
            var next = finely
                ? created
                : created.With(i, seat, conduct.Hear(created.Claim(i, seat), new SeatOwner(Ours: true, 1, "")));
            into.Add(new(Happening.Step, "takes", i, seat, next));
        }
    }

    private static Answer Seen(ModelState state, int i, int seat) =>
        state.Znode(seat) is not { } owner ? Answer.NoZnode
        : owner == i ? Answer.Ours
        : Answer.Others;

    private void Serve(ModelState state, int i, int seat, List<ModelStep> into)
    {
        var claim = state.Claim(i, seat);
        var serves = claim.Holding is { Held: true, Yielding: false };
        switch (claim.Link)
        {
            case Link.None when When(state, i, seat) is { } when && when != ReconnectWhen.Confirmed:
                Connect(state, i, seat, when == ReconnectWhen.AtOnce ? Happening.Step : Happening.Wait, into);
                break;
            case Link.None when !claim.Holding.Wanted || claim.Holding.Yielding:
                Release(state, i, seat, into);
                break;
            case Link.Busy:
                into.Add(
                    new(Happening.Step, "acknowledges", i, seat, state.With(i, seat, claim with { Link = Link.Idle }))
                );
                break;
            case Link.Idle when serves && finely:
                into.Add(
                    new(Happening.Step, "produces", i, seat, state.With(i, seat, claim with { Link = Link.Busy }))
                );
                break;
        }

        if (claim.Link != Link.None && !serves && conduct.IsDrained(claim.Link))
        {
            var next = state.With(i, seat, claim with { Link = Link.None, Ending = Ending.Silent });
            into.Add(new(Happening.Step, "disconnects", i, seat, next, Repeats: claim.Link == Link.Busy));
        }
    }

    // Null: it is not to be served.
    private ReconnectWhen? When(ModelState state, int i, int seat)
    {
        var claim = state.Claim(i, seat);
        return claim.Holding is { Held: true, Yielding: false } ? conduct.Reconnect(claim) : null;
    }

    private void Connect(ModelState state, int i, int seat, Happening kind, List<ModelStep> into)
    {
        var connected = state.With(i, seat, state.Claim(i, seat) with { Link = Link.Idle, Ending = Ending.None });
        var other = state.Claim(1 - i, seat).Link;
        if (other == Link.None)
        {
            into.Add(new(kind, "connects", i, seat, connected));
            return;
        }

        foreach (var ending in new[] { Ending.Silent, Ending.TakenOver })
        {
            var next = Close(connected, 1 - i, seat, ending);
            into.Add(new(kind, "takes the session over", i, seat, next, Takeover: true, Repeats: other == Link.Busy));
        }
    }

    // A process that does not run notices it when it wakes.
    private ModelState Close(ModelState state, int i, int seat, Ending ending)
    {
        var closed = state.Claim(i, seat) with { Link = Link.None, Ending = ending };
        return state.With(i, seat, state.Instance(i).Paused ? closed : conduct.Closed(closed));
    }

    // An answer that is on its way is one of before. Where the znode was made anew meanwhile, it may be left to itself.
    private static void Release(ModelState state, int i, int seat, List<ModelStep> into)
    {
        var claim = state.Claim(i, seat);
        var released = claim with { Holding = claim.Holding.Release().Want(), Stale = claim.Answer != Answer.None };
        var next = state.With(i, seat, released);
        var deletes = claim.Holding.Held && state.Znode(seat) == i && state.Instance(i).Connected;
        into.Add(new(Happening.Step, "releases", i, seat, deletes ? next.WithZnode(seat, null) : next));
        if (deletes && claim.Answer == Answer.Ours)
        {
            into.Add(new(Happening.Step, "releases what was before", i, seat, next));
        }
    }
}
