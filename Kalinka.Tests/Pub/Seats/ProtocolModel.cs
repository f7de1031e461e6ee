using System.Collections.Concurrent;
using System.Collections.Immutable;
using Kalinka.Pub.Seats;

namespace Kalinka.Tests.Pub.Seats;

/// <summary>
/// The protocol of seats for two instances and two seats, one step after the other in every order: what each instance
/// believes and does is decided by the code of the daemon (<see cref="Holding"/>, <see cref="SeatRules"/>,
/// <see cref="SeatAssignment"/>); ZooKeeper, the broker and the passing of time are modelled here.
/// </summary>
/// <remarks>
/// Of ZooKeeper it is assumed what it promises: a session expires only when its client has not been heard for the session
/// time-out, and by then a client that runs has noticed that it is disconnected. A process that does not run notices
/// nothing; its watch tells it first of all when it wakes.
/// </remarks>
internal static class ProtocolModel
{
    public const int Instances = 2;

    private static readonly string[] Names = ["i0", "i1"];
    private static readonly ConcurrentDictionary<string, IReadOnlyDictionary<SeatId, string>> Plans = new();

    /// <summary>Nobody has reached the ensemble yet: one may have all seats before the other comes.</summary>
    public static ModelState Start(int seats) =>
        new(
            EnsembleUp: true,
            Instances: [ModelInstance.New(seats), ModelInstance.New(seats)],
            Znodes: [.. Enumerable.Repeat((int?)null, seats)],
            Faults: 0,
            Waits: 0,
            Takeovers: 0,
            Repeated: false
        );

    /// <summary>What the world may do: at most so many times on one path.</summary>
    public static IEnumerable<ModelStep> Faults(ModelState state)
    {
        if (state.EnsembleUp)
        {
            yield return new(
                "the ensemble goes",
                state.Fail() with
                {
                    EnsembleUp = false,
                    Instances = Each(state, Disconnect),
                }
            );
        }

        for (var i = 0; i < Instances; i++)
        {
            var instance = state.Instances[i];
            if (instance is { Connected: true, Paused: false })
            {
                yield return new($"{i} loses the ensemble", With(state.Fail(), i, Disconnect(instance)));
            }

            if (!instance.Paused)
            {
                yield return new($"{i} stands still", With(state.Fail(), i, instance with { Paused = true }));
            }

            for (var s = 0; s < state.Znodes.Length; s++)
            {
                if (instance.Links[s] != Link.None)
                {
                    yield return new($"the broker closes seat {s} of {i}", Close(state.Fail(), i, s));
                }
            }
        }
    }

    /// <summary>What happens by itself, sooner or later.</summary>
    public static IEnumerable<ModelStep> Steps(ModelState state)
    {
        if (!state.EnsembleUp)
        {
            yield return new("the ensemble comes back", state with { EnsembleUp = true });
        }

        for (var i = 0; i < Instances; i++)
        {
            foreach (var step in StepsOf(state, i))
            {
                yield return step;
            }
        }
    }

    private static IEnumerable<ModelStep> StepsOf(ModelState state, int i)
    {
        var instance = state.Instances[i];
        if (state.EnsembleUp && instance.Session && (!instance.Connected || instance.Paused))
        {
            yield return new($"the session of {i} expires", Expire(state, i));
        }

        if (instance.Paused)
        {
            yield return new($"{i} wakes", Wake(state, i));
            yield break;
        }

        if (state.EnsembleUp && !instance.Connected)
        {
            yield return new(
                $"{i} reaches the ensemble",
                With(state, i, instance with { Connected = true, Session = true })
            );
        }

        for (var s = 0; s < state.Znodes.Length; s++)
        {
            if (instance.Connected)
            {
                yield return new($"{i} looks at seat {s}", Look(state, i, s, calm: false));
                yield return new($"{i} looks at seat {s} when times have run out", Look(state, i, s, calm: true));
            }

            foreach (var step in OfLink(state, i, s))
            {
                yield return step;
            }
        }
    }

    private static IEnumerable<ModelStep> OfLink(ModelState state, int i, int s)
    {
        var instance = state.Instances[i];
        var holding = instance.Holdings[s];
        switch (instance.Links[s])
        {
            case Link.None when holding is { Held: true, Yielding: false } && MayConnect(instance, s):
                yield return new($"{i} connects seat {s}", Connect(state, i, s));
                break;
            case Link.None when Patient(instance, s) && state.Waits < ModelState.MostWaits:
                yield return new($"{i} has waited for seat {s}", Connect(state, i, s) with { Waits = state.Waits + 1 });
                break;
            case Link.None when !holding.Wanted || holding.Yielding:
                yield return new($"{i} releases seat {s}", Release(state, i, s));
                break;
            case Link.Idle when holding is { Held: true, Yielding: false }:
                yield return new($"{i} produces on seat {s}", With(state, i, instance.Set(s, Link.Busy)));
                break;
            case Link.Busy:
                yield return new($"{i} acknowledges on seat {s}", With(state, i, instance.Set(s, Link.Idle)));
                break;
            case Link.Idle when !holding.Held || holding.Yielding:
                yield return new(
                    $"{i} disconnects seat {s}",
                    With(state, i, instance.Set(s, Link.None).Closed(s, false))
                );
                break;
        }
    }

    // The first connection of a holding asks nobody.
    private static bool MayConnect(ModelInstance instance, int s) =>
        !instance.WasClosed[s] || instance.Holdings[s].Reconnect(takenOver: false) == ReconnectWhen.AtOnce;

    private static bool Patient(ModelInstance instance, int s) =>
        instance.Holdings[s] is { Held: true, Yielding: false } holding
        && instance.WasClosed[s]
        && holding.Reconnect(takenOver: false) == ReconnectWhen.ConfirmedOrPatient;

    // A broker that closes the older connection without a reason, as Mosquitto 2.0.11 does.
    private static ModelState Connect(ModelState state, int i, int s)
    {
        var other = 1 - i;
        var next = state;
        if (state.Instances[other].Links[s] != Link.None)
        {
            next = Close(state, other, s) with { Takeovers = state.Takeovers + 1 };
        }

        return With(next, i, next.Instances[i].Set(s, Link.Idle).Closed(s, false));
    }

    private static ModelState Close(ModelState state, int i, int s)
    {
        var instance = state.Instances[i];
        var repeats = instance.Links[s] == Link.Busy;
        var closed = instance.Set(s, Link.None).Closed(s, true).Set(s, instance.Holdings[s].Doubt());
        return With(state with { Repeated = state.Repeated || repeats }, i, closed);
    }

    // Purged, dropped and doubted, before anything else is done.
    private static ModelState Wake(ModelState state, int i)
    {
        var awake = state;
        for (var s = 0; s < state.Znodes.Length; s++)
        {
            awake = awake.Instances[i].Links[s] == Link.None ? awake : Close(awake, i, s);
        }

        return With(awake, i, Disconnect(awake.Instances[i] with { Paused = false }));
    }

    private static ModelInstance Disconnect(ModelInstance instance) =>
        instance with
        {
            Connected = false,
            Holdings = [.. instance.Holdings.Select(holding => instance.Paused ? holding : holding.Doubt())],
        };

    private static ModelState Expire(ModelState state, int i) =>
        With(
            state,
            i,
            state.Instances[i] with
            {
                Session = false,
                Connected = state.Instances[i].Connected && state.Instances[i].Paused,
            }
        ) with
        {
            Znodes = [.. state.Znodes.Select(owner => owner == i ? null : owner)],
        };

    /// <summary>The claim's look: what it sees, what the rules say, and the create that may follow.</summary>
    private static ModelState Look(ModelState state, int i, int s, bool calm)
    {
        var seen = Saw(state, i, s, state.Znodes[s]);
        var move = SeatRules.Decide(Situation(seen, i, s, calm));
        var holding = seen.Instances[i].Holdings[s];
        if (seen.Znodes[s] is null && holding.Takes(move))
        {
            var created = seen with { Znodes = seen.Znodes.SetItem(s, i) };
            return Saw(created, i, s, i);
        }

        return move == SeatMove.Yield ? With(seen, i, seen.Instances[i].Set(s, holding.Yield())) : seen;
    }

    private static ModelState Saw(ModelState state, int i, int s, int? owner)
    {
        var instance = state.Instances[i];
        SeatOwner? seen = owner is { } of ? new SeatOwner(of == i, 1, Names[of]) : null;
        return With(state, i, instance.Set(s, instance.Holdings[s].See(seen)));
    }

    /// <param name="calm">The settle time and the grace have run out.</param>
    private static SeatSituation Situation(ModelState state, int i, int s, bool calm)
    {
        var plan = Plan(state);
        var next = plan.GetValueOrDefault(Seat(s));
        return new SeatSituation(
            Held: state.Instances[i].Holdings[s].Held,
            FreeFor: state.Znodes[s] is null ? (calm ? SeatRules.Grace : TimeSpan.Zero) : null,
            Ours: next == Names[i],
            NextIsReady: calm && next is not null && next != Names[i],
            Able: true,
            Unable: false,
            Open: true,
            Calm: calm
        );
    }

    private static ModelState Release(ModelState state, int i, int s)
    {
        var instance = state.Instances[i];
        var ours = instance.Holdings[s].Held && state.Znodes[s] == i && instance.Connected;
        return With(state, i, instance.Set(s, instance.Holdings[s].Release().Want())) with
        {
            Znodes = ours ? state.Znodes.SetItem(s, null) : state.Znodes,
        };
    }

    // The same inputs, the same plan.
    private static IReadOnlyDictionary<SeatId, string> Plan(ModelState state)
    {
        var live = Enumerable.Range(0, Instances).Where(i => state.Instances[i].Session).ToList();
        var key = $"{string.Join(',', live)}|{string.Join(',', state.Znodes)}";
        return Plans.GetOrAdd(key, _ => SeatAssignment.Of(live.Select(Live), Holders(state)));
    }

    private static Dictionary<SeatId, string?> Holders(ModelState state) =>
        Enumerable
            .Range(0, state.Znodes.Length)
            .ToDictionary(Seat, s => state.Znodes[s] is { } owner ? Names[owner] : null);

    private static SeatId Seat(int s) => new("b", s);

    private static LiveInstance Live(int i) => new(Names[i], "", ["b"], []);

    private static ImmutableArray<ModelInstance> Each(ModelState state, Func<ModelInstance, ModelInstance> change) =>
        [.. state.Instances.Select(change)];

    private static ModelState With(ModelState state, int i, ModelInstance instance) =>
        state with
        {
            Instances = state.Instances.SetItem(i, instance),
        };
}
