using Kalinka.Common.Directory;
using Kalinka.Common.Hosting;
using Kalinka.Common.Kafka;
using Kalinka.Sub.Consuming;
using Kalinka.Sub.Mapping;

namespace Kalinka.Sub;

/// <summary>What <c>/status</c> says. Any thread.</summary>
internal sealed class SubStatus(
    SubOptions options,
    Stages stages,
    BrokerLinks links,
    ConsumeLoop consuming,
    DeliveryGroup deliveries,
    ITopicCatalog catalog,
    ILocationDirectory directory,
    SubMapping mapping
)
{
    public DaemonStatus Snapshot()
    {
        var waitingFor = WaitingFor();
        var counters = stages.Counters.Snapshot();
        counters["alert: absences held"] = stages.Guard.Alert ? 1 : 0;
        var unknown = new UnknownReport(stages).Brokers().ToList();
        counters["alert: unknown brokers"] = unknown.Count;
        return new DaemonStatus(
            "kalinka-sub",
            options.Instance,
            ProductVersion.Text,
            waitingFor is null,
            waitingFor,
            [.. links.All.Select(Broker), .. unknown],
            new KafkaStatus(catalog.Reachable, stages.Pool.Rented, catalog.LastError),
            new DirectoryStatus(directory.Count, directory.Trusted, stages.Waiting),
            options.Delivery.Mode.ToString(),
            counters
        );
    }

    private string? WaitingFor()
    {
        if (!catalog.Reachable)
        {
            return $"Kafka at {options.Kafka.BootstrapServers}";
        }

        // Nobody is given a share of a group that none of its topics exists for: there is nothing to wait for.
        if (!consuming.HasJoined && catalog.HasAny(mapping.Reads))
        {
            return $"the group {options.Kafka.GroupId}";
        }

        if (options.Delivery.IsPartitioned && !deliveries.HasJoined)
        {
            return deliveries.Complaint ?? $"the group {options.Kafka.GroupId}{SubWalls.DeliverySuffix}";
        }

        return directory.WaitsFor;
    }

    private BrokerStatus Broker(LinkedBroker broker)
    {
        var lag = stages.Backlog.Of(broker.Entry.Partition);
        var (entry, session) = (broker.Entry, broker.Session);
        return new BrokerStatus(
            entry.Name,
            entry.Broker.Address,
            broker.State,
            [],
            session?.InFlight ?? 0,
            QueueAgeMs: null,
            Received: null,
            session?.Published ?? 0,
            session?.IsBlind,
            entry.Absence ?? session?.LastError
        )
        {
            Announced = entry.Announced,
            Retired = broker.Retired,
            Held = broker.Entry.Held,
            Partition = broker.Entry.Partition,
            Owned = options.Delivery.IsPartitioned ? deliveries.Owns(broker.Entry.Name) : null,
            Owner = deliveries.OwnerOf(broker.Entry.Name),
            Backlog = lag?.Records,
            DrainMs = (long?)lag?.Drain?.TotalMilliseconds,
        };
    }
}
