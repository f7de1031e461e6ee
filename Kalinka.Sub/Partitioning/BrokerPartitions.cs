using Kalinka.Common.Brokers;
using Kalinka.Common.Mqtt;

namespace Kalinka.Sub.Partitioning;

/// <summary>Which partition of the delivery topic stands for which broker, as the roster says. One thread.</summary>
/// <param name="configured">In the roster from the beginning.</param>
internal sealed class BrokerPartitions(IReadOnlyList<BrokerOptions> configured)
{
    /// <summary>The broker has no partition, or there is no such broker.</summary>
    public const int None = -1;

    // Of brokers that are gone: so many are kept in mind.
    private const int MostRemembered = 4_096;

    private readonly Dictionary<string, RosterEntry> _brokers = configured.ToDictionary(
        broker => broker.Name,
        broker => new RosterEntry(broker, RosterState.InService, Announced: false)
    );

    private readonly Dictionary<string, int> _remembered = [];

    /// <summary>As the roster says; with names that are no broker's and have a partition.</summary>
    public IReadOnlyCollection<RosterEntry> Brokers => _brokers.Values;

    /// <summary>Takes a change of the roster.</summary>
    public void Take(RosterChange change)
    {
        Remember(change.Entry);
        if (change.Kind == RosterChangeKind.Removed)
        {
            _brokers.Remove(change.Entry.Name);
        }
        else
        {
            _brokers[change.Entry.Name] = change.Entry;
        }
    }

    /// <summary>
    /// A partition is assigned for ever: that a broker's znode does not name it, since whoever announced the broker wrote
    /// it anew, does not take it away; nor that it is announced where this instance may not connect: what waits there is
    /// for an instance that may, or for a better address.
    /// </summary>
    public int Of(string broker) =>
        _brokers.TryGetValue(broker, out var entry) ? entry.Partition ?? Remembered(broker) : None;

    /// <summary>The one that it had last, be the broker gone.</summary>
    public int Remembered(string broker) => _remembered.GetValueOrDefault(broker, None);

    /// <summary>It is configured or announced, and may be connected to.</summary>
    public bool IsKnown(string broker) =>
        _brokers.TryGetValue(broker, out var entry) && entry.State is not (RosterState.Refused or RosterState.Unknown);

    private void Remember(RosterEntry entry)
    {
        if (entry.Partition is { } partition)
        {
            if (_remembered.Count >= MostRemembered)
            {
                _remembered.Clear();
            }

            _remembered[entry.Name] = partition;
        }
    }
}
