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
            [.. stages.Seats.Brokers.Select(Broker)],
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
        var standby = claims.All(claim => claim.HeldElsewhere);
        if (
            stages.Seats.All.Any(seat => seat.Session.Subscribed)
            || (standby && stages.ZnodeSeats is not { IsShown: false })
        )
        {
            yield break;
        }

        if (standby)
        {
            yield return "the other instances to see this one";
        }
        else if (ZooKeeperError() is { } error && !claims.Exists(claim => claim.Held))
        {
            yield return $"ZooKeeper at {options.ZooKeeper!.ConnectionString}: {error}";
        }
        else
        {
            yield return $"a broker: {string.Join(", ", stages.Seats.Brokers.Select(seats => seats.Broker.Address))}";
        }
    }

    /// <summary>Null when it is there, or not asked for.</summary>
    private string? ZooKeeperError() =>
        stages.ZnodeSeats is { State: not KeeperState.Connected } znodes ? znodes.LastError ?? "connecting" : null;

    private string? KafkaError() => stages.Topics.LastError ?? stages.Producer.LastError;

    private DirectoryStatus? Directory() =>
        stages.Directory?.Clients is { } clients ? new DirectoryStatus(clients.Count, clients.Trusted, 0) : null;

    private BrokerStatus Broker(BrokerSeats of)
    {
        var (broker, seats) = (of.Broker, of.Seats);
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
            held.Count > 0
                ? held.Select(seat => seat.Session.LastError).FirstOrDefault(error => error is not null)
                : ZooKeeperError()
        );
    }

    private static string State(IReadOnlyList<SeatRunner> seats, List<SeatRunner> held)
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
            ["sessionsLost"] = stages.Seats.All.Sum(seat => seat.Session.SessionsLost),
            ["presenceWritten"] = stages.Presence?.Written ?? 0,
            ["bufferedBytes"] = stages.Budget.Held,
        };

    private long Sum(Func<SeatCounters, long> counter) => stages.Seats.All.Sum(seat => counter(seat.Flow.Counters));
}
