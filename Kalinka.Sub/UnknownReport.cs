using Kalinka.Common.Hosting;

namespace Kalinka.Sub;

/// <summary>The names that clients' entries give for brokers' and that are none, while records wait for them. Any thread.</summary>
internal sealed class UnknownReport(Stages stages)
{
    public const string Reason = "alert: the directory names it, and it is neither configured nor announced";

    /// <summary>How many there are.</summary>
    public int Count => Names().Count;

    /// <summary>As brokers that nobody is connected to.</summary>
    public IEnumerable<BrokerStatus> Brokers()
    {
        var partitions = stages.UnknownBrokers.Partitions;
        foreach (var name in Names())
        {
            int? partition = partitions.TryGetValue(name, out var number) ? number : null;
            var lag = stages.Backlog.Of(partition);
            yield return new BrokerStatus(name, "", "standby", [], 0, null, null, null, null, Reason)
            {
                Partition = partition,
                Backlog = lag?.Records,
                DrainMs = (long?)lag?.Drain?.TotalMilliseconds,
            };
        }
    }

    private SortedSet<string> Names() =>
        [
            .. stages.Sessions.WaitedForUnknown,
            .. stages
                .UnknownBrokers.Partitions.Where(each => stages.Backlog.Of(each.Value)?.Records > 0)
                .Select(each => each.Key),
        ];
}
