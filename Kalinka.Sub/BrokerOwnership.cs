using Kalinka.Common.Brokers;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Sub.Consuming;
using Kalinka.Sub.Partitioning;

namespace Kalinka.Sub;

/// <summary>
/// Which brokers this instance connects to in mode <c>Partitioned</c>: those whose partition it has. Stands between the
/// roster and the links: a broker of somebody else's partition is one that is connected elsewhere. Any thread.
/// </summary>
internal sealed class BrokerOwnership(IReadOnlyList<BrokerOptions> configured) : IPartitionOwner
{
    // The session is to be left in order: one that hangs is fenced by whoever connects next.
    private static readonly TimeSpan LetGoWithin = TimeSpan.FromSeconds(8);

    private readonly Lock _lock = new();

    // Under the lock.
    private readonly BrokerPartitions _brokers = new(configured);
    private readonly HashSet<int> _owned = [];
    private Action<RosterChange> _tell = _ => { };

    private BrokerLinks _links = null!;

    /// <summary>The links that come and go with the partitions.</summary>
    public void Lead(BrokerLinks links) => _links = links;

    /// <summary>The partition of the delivery topic that stands for a broker, while it is ours.</summary>
    public int? OwnedPartitionOf(string broker)
    {
        lock (_lock)
        {
            return _brokers.Of(broker) is var partition && _owned.Contains(partition) ? partition : null;
        }
    }

    /// <summary>Tells the changes of the roster as far as they concern this instance, until cancelled.</summary>
    public Task FollowAsync(
        Func<Action<RosterChange>, CancellationToken, Task> follow,
        Action<RosterChange> tell,
        CancellationToken stopping
    )
    {
        lock (_lock)
        {
            _tell = tell;
            TellAll(_brokers.Brokers);
        }

        return follow(Take, stopping);
    }

    public void Take(IReadOnlyList<TopicPartition> partitions)
    {
        lock (_lock)
        {
            _owned.UnionWith(Numbers(partitions));
            TellAll(BrokersOf(partitions));
        }
    }

    public async Task LetGo(IReadOnlyList<TopicPartition> partitions)
    {
        string[] names;
        lock (_lock)
        {
            _owned.ExceptWith(Numbers(partitions));
            var brokers = BrokersOf(partitions);
            TellAll(brokers);
            names = [.. brokers.Select(broker => broker.Name)];
        }

        using var patience = new CancellationTokenSource(LetGoWithin);
        await _links.RestingAsync(names, patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Take(RosterChange change)
    {
        lock (_lock)
        {
            _brokers.Take(change);
            _tell(change with { Entry = Shown(change.Entry) });
        }
    }

    private void TellAll(IEnumerable<RosterEntry> brokers)
    {
        foreach (var broker in brokers)
        {
            _tell(new RosterChange(RosterChangeKind.Changed, Shown(broker)));
        }
    }

    private RosterEntry Shown(RosterEntry broker) =>
        broker.State == RosterState.InService && !_owned.Contains(_brokers.Of(broker.Name))
            ? broker with
            {
                State = RosterState.Elsewhere,
            }
            : broker;

    private List<RosterEntry> BrokersOf(IReadOnlyList<TopicPartition> partitions)
    {
        var numbers = Numbers(partitions).ToHashSet();
        return [.. _brokers.Brokers.Where(broker => numbers.Contains(_brokers.Of(broker.Name)))];
    }

    private static IEnumerable<int> Numbers(IReadOnlyList<TopicPartition> partitions) =>
        partitions.Select(partition => partition.Partition);
}
