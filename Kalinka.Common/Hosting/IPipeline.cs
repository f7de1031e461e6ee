namespace Kalinka.Common.Hosting;

/// <summary>What a daemon does, from its start to its end; the host carries it.</summary>
public interface IPipeline
{
    /// <summary>
    /// Runs until <paramref name="stopping"/> is cancelled, then drains and returns. Whatever it throws means that the
    /// daemon cannot go on: the process ends with a non-zero exit code.
    /// </summary>
    Task RunAsync(CancellationToken stopping);

    /// <summary>A snapshot for <c>/status</c> and the health checks. Any thread; cheap.</summary>
    DaemonStatus Status();
}

/// <summary>The body of <c>/status</c>; names are written in camel case.</summary>
/// <param name="Daemon"><c>kalinka-pub</c> or <c>kalinka-sub</c>.</param>
/// <param name="Ready">What <c>/health/ready</c> answers.</param>
/// <param name="WaitingFor">What keeps it from being ready, for a person; null when ready.</param>
/// <param name="Mode">Delivery mode of sub; null for pub.</param>
/// <param name="Counters">What the page shows as totals: received, produced, delivered, dropped by reason, ...</param>
public sealed record DaemonStatus(
    string Daemon,
    string Instance,
    string Version,
    bool Ready,
    string? WaitingFor,
    IReadOnlyList<BrokerStatus> Brokers,
    KafkaStatus Kafka,
    DirectoryStatus? Directory,
    string? Mode,
    IReadOnlyDictionary<string, long> Counters
);

/// <param name="State"><c>connected</c>, <c>connecting</c> or <c>standby</c>.</param>
/// <param name="Seats">The numbers of the seats held (pub); empty for sub.</param>
/// <param name="InFlight">Messages between the two sides: taken, not yet settled.</param>
/// <param name="QueueAgeMs">Age of what the broker queues for us; null where it is not measured.</param>
/// <param name="Received">From this broker (pub).</param>
/// <param name="Published">To this broker (sub).</param>
/// <param name="LastError">Why there is no connection, or none is wanted.</param>
/// <param name="Blind">The broker does not answer 0x10 (sub); null where not known.</param>
public sealed record BrokerStatus(
    string Name,
    string Address,
    string State,
    IReadOnlyList<int> Seats,
    int InFlight,
    long? QueueAgeMs,
    long? Received,
    long? Published,
    bool? Blind,
    string? LastError
)
{
    /// <summary>It is known from its znode only.</summary>
    public bool Announced { get; init; }

    /// <summary>It is retired, and false while this instance is not done with it; null for a broker in service.</summary>
    public bool? Retired { get; init; }

    /// <summary>Its traffic is parked until it is released (sub).</summary>
    public bool Held { get; init; }

    /// <summary>Its partition of the delivery topic (sub); null when it has none.</summary>
    public int? Partition { get; init; }

    /// <summary>This instance has the partition, and with it the connection; null in mode <c>Direct</c>.</summary>
    public bool? Owned { get; init; }

    /// <summary>Records that wait in the partition (sub); null when not known.</summary>
    public long? Backlog { get; init; }

    /// <summary>How long they will take at the pace of late; null while they do not become fewer.</summary>
    public long? DrainMs { get; init; }

    /// <summary>
    /// Messages that the broker says it has dropped because a queue was full, of all its clients, since its start (pub);
    /// null where it does not tell.
    /// </summary>
    public long? DroppedByBroker { get; init; }
}

/// <param name="Outstanding">Records without a delivery report (pub), or between consumption and watermark (sub).</param>
public sealed record KafkaStatus(bool Reachable, int Outstanding, string? LastError);

/// <param name="Entries">Clients known to this process.</param>
/// <param name="Trusted">The watch is set and the session alive.</param>
/// <param name="Waiting">Messages that wait for an absent client, an unreachable broker or the directory's answer (sub).</param>
public sealed record DirectoryStatus(int Entries, bool Trusted, int Waiting);
