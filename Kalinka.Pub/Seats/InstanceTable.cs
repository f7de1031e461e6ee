using System.Collections.Immutable;
using Kalinka.Common.Instances;

namespace Kalinka.Pub.Seats;

/// <summary>The live instances as they were read last, and since when each of them can serve what. Immutable.</summary>
/// <param name="ChangedAt">When somebody came or went last: a timestamp of the clock.</param>
/// <param name="Known">They have been read.</param>
internal sealed record InstanceTable(ImmutableDictionary<string, SeenInstance> Seen, long ChangedAt, bool Known)
{
    public static InstanceTable Empty { get; } = new(ImmutableDictionary<string, SeenInstance>.Empty, 0, false);

    public IEnumerable<LiveInstance> Live => Seen.Values.Select(seen => seen.Instance);

    /// <summary>All of them have one configuration: no rolling change is under way.</summary>
    public bool ConfiguredAlike => Seen.Values.Select(seen => seen.Instance.Configuration).Distinct().Count() <= 1;

    /// <summary>Since when this instance has reported without a break that it can serve the broker; null when it does not.</summary>
    public long? AbleSince(string instance, string broker) =>
        Seen.TryGetValue(instance, out var seen) && seen.AbleSince.TryGetValue(broker, out var since) ? since : null;

    /// <summary>What has been read now.</summary>
    public InstanceTable Then(IEnumerable<ShownInstance> read, long now)
    {
        var next = read.ToImmutableDictionary(instance => instance.Name, instance => See(instance, now));
        var same =
            Known
            && next.Count == Seen.Count
            && next.All(pair => Seen.TryGetValue(pair.Key, out var last) && last.Incarnation == pair.Value.Incarnation);
        return new InstanceTable(next, same ? ChangedAt : now, Known: true);
    }

    private SeenInstance See(in ShownInstance read, long now)
    {
        var last = Seen.GetValueOrDefault(read.Name) is { } seen && seen.Incarnation == read.Incarnation ? seen : null;
        var instance = Describe(read.Name, read.Report);
        return new SeenInstance(
            instance,
            read.Incarnation,
            instance.Able.ToImmutableDictionary(
                broker => broker,
                broker => last is not null && last.AbleSince.TryGetValue(broker, out var since) ? since : now
            )
        );
    }

    // One that says nothing readable is there, and can serve nothing as far as anybody knows.
    private static LiveInstance Describe(string name, InstanceReport? report) =>
        new(
            name,
            report?.Configuration ?? "",
            report is { KafkaReachable: true, BrokersReached: { } reached } ? reached.ToImmutableHashSet() : [],
            report?.BrokersUnable?.ToImmutableHashSet() ?? []
        );
}

/// <param name="Incarnation">Its znode's creation zxid.</param>
/// <param name="AbleSince">By broker: timestamps of the clock.</param>
internal sealed record SeenInstance(
    LiveInstance Instance,
    long Incarnation,
    ImmutableDictionary<string, long> AbleSince
);
