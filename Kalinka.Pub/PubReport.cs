using Kalinka.Common.Brokers;
using Kalinka.Common.Hosting;
using Kalinka.Common.ZooKeeper;

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
            [.. stages.Brokers.All.Select(Broker)],
            new KafkaStatus(stages.Catalog.Reachable, stages.Producer.Outstanding, KafkaError()),
            Directory(),
            Mode: null,
            Counters()
        );
    }

    private string? WaitingFor()
    {
        var missing = string.Join("; ", Kafka().Concat(Sources()));
        return missing.Length > 0 ? missing : null;
    }

    private IEnumerable<string> Kafka()
    {
        if (!stages.Catalog.Reachable)
        {
            yield return $"Kafka at {options.Kafka.BootstrapServers}";
        }
        else if (!stages.Topics.Prepared.IsCompleted)
        {
            yield return $"Kafka topics: {stages.Topics.LastError ?? "being created"}";
        }
    }

    // One broker that is read is enough; and so are seats that others hold, if it is all of them and the others can count
    // on us: who restarts instances in turn must not stop the next before that.
    private IEnumerable<string> Sources()
    {
        var claims = stages.Seats.All.Select(seat => seat.Claim).ToList();
        if (stages.Seats.All.Any(seat => seat.Session.Subscribed))
        {
            yield break;
        }

        // Who has retired every broker has nothing to wait for; who has none at all is waiting for one to be announced.
        var all = stages.Brokers.All;
        var standby = all.Any(broker => broker.Entry.State != RosterState.Refused) && stages.Seats.All.All(IsIdle);
        if (standby && stages.ZnodeSeats is not { IsShown: false })
        {
            yield break;
        }

        if (standby)
        {
            yield return "the other instances to see this one";
        }
        else if (all.All(broker => broker.Entry.State == RosterState.Refused))
        {
            yield return $"a broker: {(all.Count > 0 ? all[0].Entry.Absence : "none is announced")}";
        }
        else if (ZooKeeperError() is { } error && !claims.Exists(claim => claim.Held))
        {
            yield return $"ZooKeeper at {options.ZooKeeper!.ConnectionString}: {error}";
        }
        else
        {
            yield return $"a broker: {string.Join(", ", all.Select(broker => broker.Entry.Broker.Address))}";
        }
    }

    /// <summary>Null when it is there, or not asked for.</summary>
    private string? ZooKeeperError() =>
        stages.ZnodeSeats is { State: not KeeperState.Connected } znodes ? znodes.LastError ?? "connecting" : null;

    private string? KafkaError() => stages.Topics.LastError ?? stages.Producer.LastError;

    private DirectoryStatus? Directory() =>
        stages.Directory?.Clients is { } clients ? new DirectoryStatus(clients.Count, clients.Trusted, 0) : null;

    private BrokerStatus Broker(SeatedBroker of)
    {
        var (broker, seats) = (of.Entry.Broker, of.Seats);
        var held = seats.Where(seat => seat.Claim.Held).ToList();
        return new BrokerStatus(
            broker.Name,
            broker.Address,
            State(of, seats, held),
            [.. held.Select(seat => seat.Claim.Number)],
            held.Sum(seat => seat.Flow.InFlight),
            QueueAgeMs: held.Max(seat => seat.Flow.Observation.Age.AgeMs),
            Received: seats.Sum(seat => seat.Flow.Counters.Received),
            Published: null,
            Blind: null,
            of.Entry.Absence
                ?? (
                    held.Count > 0
                        ? held.Select(seat => seat.Session.LastError).FirstOrDefault(error => error is not null)
                        : ZooKeeperError()
                )
        )
        {
            Announced = of.Entry.Announced,
            Retired = of.Retired,
            DroppedByBroker = seats.Max(seat => seat.Flow.Observation.Drops?.Dropped),
        };
    }

    private static string State(SeatedBroker of, IReadOnlyList<SeatRunner> seats, List<SeatRunner> held)
    {
        if (held.Any(seat => seat.Session.Subscribed))
        {
            return "connected";
        }

        return of.Entry.State != RosterState.InService || (seats.Count > 0 && seats.All(IsIdle))
            ? "standby"
            : "connecting";
    }

    // Others read: they hold the seat, or there is no use for it.
    private static bool IsIdle(SeatRunner seat) => seat.Claim.HeldElsewhere || seat.Session.IsUnused;

    private Dictionary<string, long> Counters()
    {
        var totals = stages.Seats.Totals;
        return new()
        {
            ["received"] = totals.Received,
            ["produced"] = Interlocked.Read(ref stages.Counters.Produced),
            ["unmapped"] = totals.Unmapped,
            ["deadLettered"] = totals.DeadLettered + Interlocked.Read(ref stages.Counters.DeadLettered),
            ["deadLettersHeld"] = stages.DeadLetters.Held,
            ["shedQos0"] = totals.Shed,
            ["overlappingCopies"] = totals.Copies,
            ["forgedHeaders"] = totals.ForgedHeaders,
            ["alreadyConfirmed"] = totals.AlreadyConfirmed,
            ["malformed"] = totals.Malformed,
            ["sessionsLost"] = totals.SessionsLost,
            ["presenceWritten"] = stages.Presence?.Counters.Written ?? 0,
            ["presenceEvents"] = stages.Presence?.Counters.Events ?? 0,
            ["presenceSilentBrokers"] = stages.Presence?.Silent ?? 0,
            ["observedInVain"] = totals.ObservedInVain,
            ["bufferedBytes"] = stages.Budget.Held,
        };
    }
}
