namespace Kalinka.Tests.Pub.Seats;

/// <summary>What becomes of a process and of its session at the ensemble, and of all its seats with it.</summary>
internal sealed class ModelLives(int seats, SeatConduct conduct)
{
    // What it believes changes when it wakes, before anything else is done; nobody can tell that from now.
    public ModelState Pause(ModelState state, int i)
    {
        for (var seat = 0; seat < seats; seat++)
        {
            state = state.With(i, seat, conduct.Wake(state.Claim(i, seat)));
        }

        return state.With(i, state.Instance(i) with { Connected = false, Paused = true });
    }

    public ModelStep Wake(ModelState state, int i)
    {
        var (next, repeats) = (state.With(i, state.Instance(i) with { Paused = false }), false);
        for (var seat = 0; seat < seats; seat++)
        {
            var claim = state.Claim(i, seat);
            repeats |= claim.Link == Link.Busy;
            var dropped = claim.Link == Link.None ? claim : claim with { Link = Link.None, Ending = Ending.Silent };
            next = next.With(i, seat, dropped);
        }

        return new(Happening.Step, "wakes", i, -1, next, Repeats: repeats);
    }

    public ModelState Disconnect(ModelState state, int i)
    {
        var instance = state.Instance(i);
        if (instance.Paused)
        {
            return state;
        }

        for (var seat = 0; seat < seats; seat++)
        {
            state = state.With(i, seat, conduct.Doubt(state.Claim(i, seat)));
        }

        return state.With(i, instance with { Connected = false });
    }

    // What it held stays held, by nobody, until its session expires.
    public ModelState Die(ModelState state, int i)
    {
        for (var seat = 0; seat < seats; seat++)
        {
            state = state.With(i, seat, ModelClaim.New);
            state = state.Znode(seat) == i ? state.WithZnode(seat, ModelState.Dead) : state;
        }

        return state.With(i, default(ModelInstance));
    }

    public static bool MayExpire(ModelInstance instance) => instance is { Session: true, Connected: false };

    public bool Owns(ModelState state, int owner)
    {
        var owns = false;
        for (var seat = 0; seat < seats; seat++)
        {
            owns |= state.Znode(seat) == owner;
        }

        return owns;
    }

    public ModelState Expire(ModelState state, int owner)
    {
        for (var seat = 0; seat < seats; seat++)
        {
            state = state.Znode(seat) == owner ? state.WithZnode(seat, null) : state;
        }

        return owner == ModelState.Dead ? state : state.With(owner, state.Instance(owner) with { Session = false });
    }
}
