using Kalinka.Common.Brokers;
using Kalinka.Common.Mqtt;

namespace Kalinka.Sub.Partitioning;

/// <summary>Which partition of the delivery topic stands for which broker, as the roster says. One thread.</summary>
/// <param name="configured">In the roster from the beginning.</param>
internal sealed class BrokerPartitions(IReadOnlyList<BrokerOptions> configured)
{
    /// <summary>The broker has no partition, or there is no such broker.</summary>
    public const int None = -1;

    private readonly Dictionary<string, RosterEntry> _brokers = configured.ToDictionary(
        broker => broker.Name,
        broker => new RosterEntry(broker, RosterState.InService, Announced: false)
    );

    public IReadOnlyCollection<RosterEntry> Brokers => _brokers.Values;

    /// <summary>Takes a change of the roster.</summary>
    public void Take(RosterChange change)
    {
        if (change.Kind == RosterChangeKind.Removed)
        {
            _brokers.Remove(change.Entry.Name);
        }
        else
        {
            _brokers[change.Entry.Name] = change.Entry;
        }
    }

    public int Of(string broker) =>
        _brokers.TryGetValue(broker, out var entry) && entry.State != RosterState.Refused
            ? entry.Partition ?? None
            : None;

    /// <summary>It is configured or announced, and may be connected to.</summary>
    public bool IsKnown(string broker) =>
        _brokers.TryGetValue(broker, out var entry) && entry.State != RosterState.Refused;

    public bool IsHeld(string broker) => _brokers.TryGetValue(broker, out var entry) && entry.Held;
}
