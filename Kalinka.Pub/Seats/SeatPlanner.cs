using System.Collections.Immutable;

namespace Kalinka.Pub.Seats;

/// <summary>
/// Brings together what is seen: shares the seats out, and tells each claim what to do. One thread at a time.
/// </summary>
/// <param name="instance">Our name among the instances.</param>
/// <param name="settle">
/// So long nobody may have come or gone before what is held is moved for evenness, and so long the next holder must have
/// been able to serve: the ZooKeeper session time-out, after which whoever is gone is known to be.
/// </param>
internal sealed class SeatPlanner(string instance, TimeSpan settle, TimeProvider time)
{
    /// <summary>So long a process that has just come looks who else is there before it takes what is free.</summary>
    public static readonly TimeSpan Opening = TimeSpan.FromSeconds(1);

    private IReadOnlyDictionary<SeatId, string?> _holders = ImmutableDictionary<SeatId, string?>.Empty;
    private InstanceTable _instances = InstanceTable.Empty;
    private bool _inPlace;
    private IReadOnlyDictionary<SeatId, string> _plan = ImmutableDictionary<SeatId, string>.Empty;

    /// <param name="claims">All seats that are known here.</param>
    /// <param name="foreign">Seats of others beside them, with their holders.</param>
    /// <param name="ensemble">Where we stand with ZooKeeper.</param>
    public void Tell(
        IReadOnlyCollection<ZnodeSeatClaim> claims,
        IReadOnlyDictionary<SeatId, string> foreign,
        InstanceTable instances,
        in EnsembleContact ensemble
    )
    {
        // Nobody is given anything on what is known only in part.
        if (!ensemble.Connected || !instances.Known || claims.Any(claim => !claim.Sighting.Known))
        {
            return;
        }

        Plan(Holders(claims, foreign), instances);
        foreach (var claim in claims)
        {
            claim.Heed(SeatRules.Decide(Situation(claim, ensemble)));
        }
    }

    private static Dictionary<SeatId, string?> Holders(
        IReadOnlyCollection<ZnodeSeatClaim> claims,
        IReadOnlyDictionary<SeatId, string> foreign
    )
    {
        var holders = claims.ToDictionary(claim => claim.Seat, claim => claim.Sighting.Owner?.Instance);
        foreach (var (seat, holder) in foreign)
        {
            holders.TryAdd(seat, holder);
        }

        return holders;
    }

    // The same inputs, the same plan: it is made anew only when something has changed.
    private void Plan(Dictionary<SeatId, string?> holders, InstanceTable instances)
    {
        if (ReferenceEquals(instances, _instances) && Same(holders, _holders))
        {
            return;
        }

        (_holders, _instances) = (holders, instances);
        _plan = SeatAssignment.Of(instances.Live, holders);

        // While seats are between two holders, plans made a moment apart differ, and more would move than needs to.
        _inPlace = holders.Values.All(holder => holder is not null && instances.Seen.ContainsKey(holder));
    }

    private static bool Same(Dictionary<SeatId, string?> left, IReadOnlyDictionary<SeatId, string?> right) =>
        left.Count == right.Count
        && left.All(seat => right.TryGetValue(seat.Key, out var holder) && holder == seat.Value);

    private SeatSituation Situation(ZnodeSeatClaim claim, in EnsembleContact ensemble)
    {
        var next = _plan.GetValueOrDefault(claim.Seat);
        var sighting = claim.Sighting;
        return new SeatSituation(
            Held: claim.Held,
            FreeFor: sighting.Owner is null ? time.GetElapsedTime(sighting.Since) : null,
            Ours: next == instance,
            NextIsReady: next is not null && next != instance && IsReady(next, claim.BrokerName),
            Able: _instances.AbleSince(instance, claim.BrokerName) is not null,
            Unable: IsUnable(claim.BrokerName),
            Open: time.GetElapsedTime(ensemble.Since) >= (ensemble.Renewed ? settle : Opening),
            Calm: _inPlace && time.GetElapsedTime(Math.Max(ensemble.Since, _instances.ChangedAt)) >= settle
        );
    }

    private bool IsReady(string next, string broker) =>
        _instances.AbleSince(next, broker) is { } since && time.GetElapsedTime(since) >= settle;

    private bool IsUnable(string broker) =>
        _instances.Seen.TryGetValue(instance, out var us) && us.Instance.Unable.Contains(broker);
}

/// <param name="Since">Of the connection: a timestamp of the clock.</param>
/// <param name="Renewed">
/// The session before this one has expired, so perhaps those of the others have too: they get a settle time to come back
/// and take again what is theirs.
/// </param>
internal readonly record struct EnsembleContact(bool Connected, long Since, bool Renewed);
