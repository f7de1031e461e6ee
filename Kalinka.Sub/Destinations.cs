using Kalinka.Sub.Deliveries;
using Kalinka.Sub.Partitioning;
using Kalinka.Sub.Publishing;

namespace Kalinka.Sub;

/// <summary>
/// Where a record goes whose client has been located: into the session with the broker, or into the broker's partition of
/// the delivery topic. The dispatcher's.
/// </summary>
internal sealed class Destinations(
    DeliveryOptions options,
    BrokerPartitions partitions,
    UnknownBrokers unknown,
    Backlog backlog,
    Relay relay,
    TurnClock clock
)
{
    private readonly long _brokerWaitMs = (long)options.BrokerWait.TotalMilliseconds;

    /// <param name="partition">Of the broker, where it has one.</param>
    public Destination Of(Delivery delivery, BrokerSession session, out int partition)
    {
        partition = partitions.Of(session.Name);
        if (delivery.Hop > 0)
        {
            return OfDelivery(delivery, session, partition);
        }

        if (!options.IsPartitioned)
        {
            return Publishable(session, partition);
        }

        return partition >= 0 ? Destination.Partition
            : partitions.IsKnown(session.Name) ? Destination.Later
            : Destination.Session;
    }

    /// <summary>What waits for an unreachable broker is safe in its partition, or can be put there.</summary>
    public bool CanPark(BrokerSession session) =>
        partitions.Of(session.Name) is var partition and >= 0 && relay.Has(partition) != false;

    /// <summary>
    /// The name is no broker's, and may yet be given a partition: it is asked for. An answer comes within moments, while
    /// ZooKeeper and Kafka are there.
    /// </summary>
    public bool AskPartition(BrokerSession session) => !partitions.IsKnown(session.Name) && unknown.Ask(session.Name);

    /// <inheritdoc cref="BrokerPartitions.IsKnown"/>
    public bool IsKnown(BrokerSession session) => partitions.IsKnown(session.Name);

    /// <summary>The record is on its way into a partition.</summary>
    public void OnRelaying(Delivery delivery) => backlog.OnParking(delivery.RelayedTo);

    /// <summary>It is there, or was refused.</summary>
    public void OnRelayed(Delivery delivery) => backlog.OnParked(delivery.RelayedTo);

    // Who has the partition has the connection; a client that has moved is followed by way of the other partition.
    private Destination OfDelivery(Delivery delivery, BrokerSession session, int partition)
    {
        if (partition == delivery.Assignment.Partition.Partition)
        {
            return Destination.Session;
        }

        var destination = options.IsPartitioned
            ? partition >= 0
                ? Destination.Partition
                : partitions.IsKnown(session.Name)
                    ? Destination.Later
                    : Destination.Session
            : Publishable(session, partition);
        return destination == Destination.Partition && delivery.Hop >= Common.Records.DeliveryRecord.MostHops
            ? Destination.Nowhere
            : destination;
    }

    // Direct: straight to the broker, unless it is away, or others for it wait already.
    private Destination Publishable(BrokerSession session, int partition)
    {
        if (partition < 0)
        {
            return Destination.Session;
        }

        return relay.Has(partition) switch
        {
            false => Destination.Session,
            null => Destination.Later,
            _ when session.Held || session.IsAwayFor(_brokerWaitMs, clock.NowMs) => Destination.Partition,
            _ => backlog.HasAny(partition) switch
            {
                true => Destination.Partition,
                null => Destination.Later,
                false => Destination.Session,
            },
        };
    }
}

/// <summary>Where a located record goes.</summary>
internal enum Destination
{
    /// <summary>It is published, or waits for the broker.</summary>
    Session,

    /// <summary>It is written to the broker's partition.</summary>
    Partition,

    /// <summary>That is not known yet.</summary>
    Later,

    /// <summary>It has followed its client long enough.</summary>
    Nowhere,
}
