using Kalinka.Common.Brokers;
using Kalinka.Sub.Deliveries;

namespace Kalinka.Sub.Partitioning;

/// <summary>
/// Names that the directory gives for brokers' and that are nobody's: has a partition assigned to them, so that what is
/// for them waits in Kafka as for any broker that cannot be reached. The dispatcher's.
/// </summary>
internal sealed class UnknownBrokers(TurnClock clock)
{
    private const long AskAgainMs = 60_000;

    // Anything may write client znodes. What is forgotten is asked for again, and refused again.
    private const int MostRefused = 1_000;

    private readonly Dictionary<string, long> _refused = [];
    private Action<string>? _ask;

    // Replaced by the dispatcher.
    private volatile IReadOnlyDictionary<string, int> _partitions = new Dictionary<string, int>();

    /// <summary>Those that have a partition, by name. Any thread.</summary>
    public IReadOnlyDictionary<string, int> Partitions => _partitions;

    /// <summary>Who assigns partitions; nobody does without ZooKeeper.</summary>
    /// <param name="ask">Takes a name; a partition comes by way of the roster, a refusal by <see cref="Refuse"/>.</param>
    public void AskBy(Action<string> ask) => _ask = ask;

    /// <summary>Takes a change of the roster.</summary>
    public void Take(RosterChange change)
    {
        var (entry, partitions) = (change.Entry, _partitions.ToDictionary());
        partitions.Remove(entry.Name);
        if (
            change.Kind != RosterChangeKind.Removed
            && entry is { State: RosterState.Unknown, Partition: { } partition }
        )
        {
            partitions.Add(entry.Name, partition);
        }

        _partitions = partitions;
    }

    /// <summary>Asks for a partition. False when the name gets none.</summary>
    public bool Ask(string name)
    {
        if (_ask is null || (_refused.TryGetValue(name, out var untilMs) && clock.NowMs < untilMs))
        {
            return false;
        }

        _refused.Remove(name);
        _ask(name);
        return true;
    }

    /// <summary>The name gets none, for a while.</summary>
    public void Refuse(string name)
    {
        if (_refused.Count >= MostRefused)
        {
            _refused.Clear();
        }

        _refused[name] = clock.NowMs + AskAgainMs;
    }
}
