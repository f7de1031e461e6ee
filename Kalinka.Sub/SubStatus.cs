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
    ConsumeLoop consuming,
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
        return new DaemonStatus(
            "kalinka-sub",
            options.Instance,
            ProductVersion.Text,
            waitingFor is null,
            waitingFor,
            [.. options.Mqtt.Brokers.Select((_, index) => Broker(index))],
            new KafkaStatus(catalog.Reachable, stages.Pool.Rented, catalog.LastError),
            new DirectoryStatus(directory.Count, directory.Trusted, stages.Waiting),
            "Direct",
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

        return directory.WaitsFor;
    }

    private BrokerStatus Broker(int index)
    {
        var session = stages.Configured[index];
        return new BrokerStatus(
            session.Name,
            options.Mqtt.Brokers[index].Address,
            session.IsConnected ? "connected" : "connecting",
            [],
            session.InFlight,
            QueueAgeMs: null,
            Received: null,
            session.Published,
            session.IsBlind,
            session.LastError
        );
    }
}
