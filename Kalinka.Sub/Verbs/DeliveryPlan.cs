using System.Globalization;
using System.Text.Json;

namespace Kalinka.Sub.Verbs;

/// <summary>What both delivery modes come to for a landscape. Pure.</summary>
/// <param name="Rate">Messages a second.</param>
/// <param name="ReceiveMaximum">What a broker grants each connection.</param>
/// <param name="MsToPuback">From PUBLISH to PUBACK.</param>
internal sealed record DeliveryPlan(
    int Brokers,
    int Instances,
    int Clients,
    int Rate,
    int Partitions,
    int ReceiveMaximum,
    int MsToPuback
)
{
    /// <summary>Granted unless <c>max_inflight_messages</c> says otherwise.</summary>
    public const int MosquittoWindow = 20;

    /// <summary>Of a broker nearby, under load.</summary>
    public const int RoundTripMs = 5;

    /// <summary>
    /// Above it <c>Partitioned</c> is worth its second pass through Kafka: connections and their threads cost more, and each
    /// broker's window is spread over more connections than have something to send.
    /// </summary>
    public const int MostDirectConnections = 200;

    // Medians of five rounds at 5,000 messages a second, docs/partitioning.md; a message costs less where more come.
    private const double DirectCpuUs = 14;
    private const double PartitionedCpuUs = 17;

    // Measured by deploy/bench/run memory, docs/partitioning.md: the runtime and the clients of Kafka and ZooKeeper; a
    // connection's buffers and two threads; a record that waits, without what it carries; what a client is remembered by
    // while records wait for it.
    private const int IdleMiB = 106;
    private const int ConnectionKiB = 261;
    private const int RecordBytes = 1_700 - 128;
    private const int ClientBytes = 2_260;

    // Buffer:Bytes, which what waits carries at most.
    private const int BudgetMiB = 64;

    // The application's records and those of the delivery topic.
    private const int MostRecords = 2 * Stages.Window;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web) { WriteIndented = true };

    /// <summary>Every instance connected to every broker.</summary>
    public ModePlan Direct =>
        new(
            "Direct",
            (long)Instances * Brokers,
            Brokers,
            Instances,
            (long)Instances * ReceiveMaximum,
            MemoryOf(Brokers),
            MemoryOf(Brokers) + WaitingMiB,
            Throughput(Instances, DirectCpuUs)
        );

    /// <summary>One instance connected to each broker.</summary>
    public ModePlan Partitioned =>
        new(
            "Partitioned",
            Brokers,
            BrokersOfTheBusiest,
            1,
            ReceiveMaximum,
            MemoryOf(BrokersOfTheBusiest),
            MemoryOf(BrokersOfTheBusiest) + WaitingMiB,
            Throughput(1, PartitionedCpuUs)
        );

    /// <summary>Brokers that share a partition share its fate.</summary>
    public int BrokersPerPartition => (Brokers + Partitions - 1) / Partitions;

    public string Advice =>
        Direct.Connections > MostDirectConnections
            ? $"Partitioned: {Direct.Connections} connections are more than {MostDirectConnections}"
        : Direct.MessagesPerSecond < Rate && Partitioned.MessagesPerSecond >= Rate ? "Partitioned: Direct is too slow"
        : $"Direct: {Direct.Connections} connections are at most {MostDirectConnections}, and a message passes Kafka once";

    private int BrokersOfTheBusiest
    {
        get
        {
            var partitions = (Math.Min(Partitions, Brokers) + Instances - 1) / Instances;
            return Math.Min(partitions * BrokersPerPartition, Brokers);
        }
    }

    public void Print(TextWriter output, bool json)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(this, Json));
            return;
        }

        output.WriteLine($"{"", -32}{"Direct", 14}{"Partitioned", 14}");
        Row(output, "connections", mode => mode.Connections);
        Row(output, "  of the busiest instance", mode => mode.ConnectionsPerInstance);
        Row(output, "  at each broker", mode => mode.ConnectionsPerBroker);
        Row(output, "in flight at a broker, at most", mode => mode.WindowPerBroker);
        Row(output, "MiB per instance, nothing waits", mode => mode.MiBAtRest);
        Row(output, "  everything waits that may", mode => mode.MiBPerInstance);
        Row(output, "messages a second, about", mode => mode.MessagesPerSecond);
        output.WriteLine($"partitions of the delivery topic: {Partitions}{Remark}");
        output.WriteLine(Advice);
        foreach (var mode in new[] { Direct, Partitioned }.Where(mode => mode.MessagesPerSecond < Rate))
        {
            output.WriteLine($"{mode.Mode} is too slow for {Rate} a second: {Bound(mode)}");
        }
    }

    private string Remark =>
        Partitions < Brokers ? $"; up to {BrokersPerPartition} brokers share one, and its fate"
        : Partitions > Brokers ? $"; {Partitions - Brokers} are for brokers that come"
        : "";

    private string Bound(ModePlan mode) =>
        mode.MessagesPerSecond == WindowBound(mode.ConnectionsPerBroker)
            ? $"the brokers grant {ReceiveMaximum} in flight, raise it (Mosquitto: max_inflight_messages)"
        : mode.MessagesPerSecond == ClientBound ? "one message at a time for each client"
        : "add instances";

    private long ClientBound => (long)Clients * 1000 / MsToPuback;

    private long WaitingMiB =>
        BudgetMiB + (((MostRecords * (long)RecordBytes) + (Math.Min(Clients, MostRecords) * (long)ClientBytes)) >> 20);

    private static long MemoryOf(int connections) => IdleMiB + ((long)connections * ConnectionKiB / 1024);

    private long WindowBound(int connectionsPerBroker) =>
        (long)Brokers * connectionsPerBroker * ReceiveMaximum * 1000 / MsToPuback;

    // A core each: what has more is faster.
    private long Throughput(int connectionsPerBroker, double cpuUs) =>
        Math.Min(Math.Min((long)(Instances * 1_000_000 / cpuUs), WindowBound(connectionsPerBroker)), ClientBound);

    private void Row(TextWriter output, string name, Func<ModePlan, long> value) =>
        output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{name, -32}{value(Direct), 14}{value(Partitioned), 14}")
        );
}

/// <summary>What one mode comes to.</summary>
/// <param name="ConnectionsPerInstance">Of the instance that has most.</param>
/// <param name="WindowPerBroker">Messages in flight at one broker, at most.</param>
/// <param name="MiBAtRest">Resident, about, while nothing waits.</param>
/// <param name="MiBPerInstance">The same while as many records wait as may, for as many clients, up to <c>Buffer:Bytes</c>.</param>
/// <param name="MessagesPerSecond">With a core for each instance, at most.</param>
internal sealed record ModePlan(
    string Mode,
    long Connections,
    int ConnectionsPerInstance,
    int ConnectionsPerBroker,
    long WindowPerBroker,
    long MiBAtRest,
    long MiBPerInstance,
    long MessagesPerSecond
);
