using Kalinka.Common.Brokers;

namespace Kalinka.Sub.Partitioning;

/// <summary>How many partitions the delivery topic shall have, and which one a broker gets. Pure.</summary>
internal static class PartitionChoice
{
    /// <summary>The brokers that want a partition and have none, in an order that all instances agree on.</summary>
    public static IEnumerable<string> Unassigned(IEnumerable<RosterEntry> brokers) =>
        brokers
            .Where(broker => broker is { State: RosterState.InService, Partition: null })
            .Select(broker => broker.Name)
            .Order(StringComparer.Ordinal);

    /// <summary>
    /// One partition for each broker, names that are none and have one included, or as many as are configured; brokers that
    /// have a partition already keep the topic from being smaller.
    /// </summary>
    public static int Wanted(IReadOnlyCollection<RosterEntry> brokers, int? configured)
    {
        var highest = brokers.Select(broker => broker.Partition + 1 ?? 0).DefaultIfEmpty(0).Max();
        var wanting = brokers.Count(broker =>
            broker.State is RosterState.InService or RosterState.Elsewhere or RosterState.Unknown
        );
        return Math.Max(configured ?? Math.Max(wanting, 1), highest);
    }

    /// <summary>What is wrong where there is no topic, and it is not made.</summary>
    public static string Missing(string kafkaTopic, int wanted) =>
        $"{kafkaTopic} does not exist: make it with {wanted} partitions, or let Kafka:CreateTopics";

    /// <summary>Why a topic of so many partitions is not the one that is configured; null when it is, or may become it.</summary>
    /// <param name="there">0 for no topic.</param>
    public static string? Contradiction(DeliveryOptions options, int there, bool mayCreate)
    {
        if (there == 0 || options.Partitions is not { } configured || there == configured)
        {
            return null;
        }

        if (there < configured)
        {
            return mayCreate
                ? null
                : $"{options.KafkaTopic} has {there} partitions, and Delivery:Partitions is {configured}: add partitions, or say {there}";
        }

        return $"{options.KafkaTopic} has {there} partitions, and Delivery:Partitions is {configured}: partitions cannot be taken away, so say {there}";
    }

    /// <summary>The partition that stands for the fewest brokers; the first of them.</summary>
    /// <param name="taken">The partition of every broker that has one.</param>
    public static int Next(IEnumerable<int> taken, int partitions)
    {
        var brokers = new int[partitions];
        foreach (var partition in taken.Where(partition => partition < partitions))
        {
            brokers[partition]++;
        }

        return Array.IndexOf(brokers, brokers.Min());
    }
}
