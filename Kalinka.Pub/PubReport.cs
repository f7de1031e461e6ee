using Kalinka.Common.Hosting;
using Kalinka.Common.Mqtt;

namespace Kalinka.Pub;

/// <summary>The state of the daemon in the words of <c>/status</c>.</summary>
internal sealed class PubReport(PubOptions options, PubStages stages)
{
    public DaemonStatus Status()
    {
        var waitingFor = WaitingFor();
        return new DaemonStatus(
            "kalinka-pub",
            options.Instance,
            ProductVersion.Text,
            waitingFor is null,
            waitingFor,
            [.. options.Mqtt.Brokers.Select(Broker)],
            new KafkaStatus(stages.Catalog.Reachable, stages.Producer.Outstanding, KafkaError()),
            Directory(),
            Mode: null,
            Counters()
        );
    }

    private string? WaitingFor()
    {
        if (!stages.Catalog.Reachable)
        {
            return $"Kafka at {options.Kafka.BootstrapServers}";
        }

        if (!stages.Topics.Done)
        {
            return $"Kafka topics: {stages.Topics.LastError ?? "being created"}";
        }

        if (stages.Seats.Any(seat => seat.Session.Subscribed) || stages.Seats.All(seat => seat.Claim.HeldElsewhere))
        {
            return null;
        }

        return stages.ZnodeSeats is { State: not Common.ZooKeeper.KeeperState.Connected } znodes
            ? $"ZooKeeper at {options.ZooKeeper!.ConnectionString}: {znodes.LastError ?? "connecting"}"
            : $"a broker: {string.Join(", ", options.Mqtt.Brokers.Select(broker => broker.Address))}";
    }

    private string? KafkaError() => stages.Topics.LastError ?? stages.Producer.LastError;

    private DirectoryStatus? Directory() =>
        stages.Directory?.Clients is { } clients ? new DirectoryStatus(clients.Count, clients.Trusted, 0) : null;

    private BrokerStatus Broker(BrokerOptions broker)
    {
        var seats = stages.Seats.Where(seat => seat.Claim.BrokerName == broker.Name).ToList();
        var held = seats.Where(seat => seat.Claim.Held).ToList();
        return new BrokerStatus(
            broker.Name,
            broker.Address,
            State(seats, held),
            [.. held.Select(seat => seat.Claim.Number)],
            held.Sum(seat => seat.Flow.InFlight),
            QueueAgeMs: null,
            Received: seats.Sum(seat => seat.Flow.Counters.Received),
            Published: null,
            Blind: null,
            held.Select(seat => seat.Session.LastError).FirstOrDefault(error => error is not null)
        );
    }

    private static string State(List<SeatRunner> seats, List<SeatRunner> held)
    {
        if (held.Any(seat => seat.Session.Subscribed))
        {
            return "connected";
        }

        return seats.All(seat => seat.Claim.HeldElsewhere) ? "standby" : "connecting";
    }

    private Dictionary<string, long> Counters() =>
        new()
        {
            ["received"] = Sum(counters => counters.Received),
            ["produced"] = Interlocked.Read(ref stages.Counters.Produced),
            ["unmapped"] = Sum(counters => counters.Unmapped),
            ["deadLettered"] =
                Sum(counters => counters.DeadLettered) + Interlocked.Read(ref stages.Counters.DeadLettered),
            ["deadLettersHeld"] = stages.DeadLetters.Held,
            ["shedQos0"] = Sum(counters => counters.Shed),
            ["overlappingCopies"] = Sum(counters => counters.Copies),
            ["forgedHeaders"] = Sum(counters => counters.ForgedHeaders),
            ["presenceWritten"] = stages.Presence?.Written ?? 0,
            ["bufferedBytes"] = stages.Budget.Held,
        };

    private long Sum(Func<SeatCounters, long> counter) => stages.Seats.Sum(seat => counter(seat.Flow.Counters));
}
