using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kalinka.QuickStart.Daemons;

namespace Kalinka.Bench.Servers;

/// <summary>One combined broker and controller from the jars below <c>KAFKA_HOME</c>.</summary>
internal sealed class RealKafka : IKafka
{
    private readonly GuardedProcess _process;

    private RealKafka(string description, int port, GuardedProcess process)
    {
        Description = description;
        BootstrapServers = $"127.0.0.1:{port}";
        _process = process;
    }

    public string BootstrapServers { get; }

    public string Description { get; }

    public static async Task<RealKafka> StartAsync(string home, string folder)
    {
        var port = QuickStart.Daemons.Loopback.FreePort();
        var data = Directory.CreateTempSubdirectory("kalinka-bench-kafka-").FullName;
        var configuration = Path.Combine(folder, "kafka.properties");
        await File.WriteAllTextAsync(configuration, Configuration(port, QuickStart.Daemons.Loopback.FreePort(), data));
        var log = Path.Combine(folder, "kafka.log");
        // The data go with the process; a shell in between formats them before, and removes them after.
        const string script = """
            trap 'kill "$broker"; wait "$broker"; rm -rf "$3"; exit 0' TERM
            id=$(java -Xmx256m -cp "$1/libs/*" kafka.tools.StorageTool random-uuid)
            java -Xmx256m -cp "$1/libs/*" kafka.tools.StorageTool format --standalone -t "$id" -c "$2"
            java -Xmx1g -cp "$1/libs/*" kafka.Kafka "$2" & broker=$!
            wait "$broker"
            """;
        var process = GuardedProcess.Start(log, "bash", "-c", script, "kafka", home, configuration, data);
        var kafka = new RealKafka(Version(home), port, process);
        await ListeningPort.WaitAsync(port, process, log);
        return kafka;
    }

    public async Task CreateTopicsAsync(params IReadOnlyList<string> kafkaTopics)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = BootstrapServers }).Build();
        await admin.CreateTopicsAsync(
            kafkaTopics.Select(name => new TopicSpecification
            {
                Name = name,
                NumPartitions = IKafka.Partitions,
                ReplicationFactor = 1,
            })
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _process.StopAsync(TimeSpan.FromSeconds(20));
        _process.Dispose();
    }

    private static string Version(string home)
    {
        var jar = Directory.EnumerateFiles(Path.Combine(home, "libs"), "kafka-clients-*.jar").FirstOrDefault();
        return jar is null ? "Apache Kafka" : "Apache Kafka " + Path.GetFileNameWithoutExtension(jar).Split('-')[^1];
    }

    private static string Configuration(int port, int controllerPort, string data) =>
        $"""
            process.roles=broker,controller
            node.id=1
            controller.quorum.bootstrap.servers=127.0.0.1:{controllerPort}
            listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controllerPort}
            controller.listener.names=CONTROLLER
            log.dirs={data}
            offsets.topic.replication.factor=1
            transaction.state.log.replication.factor=1
            transaction.state.log.min.isr=1
            share.coordinator.state.topic.replication.factor=1
            share.coordinator.state.topic.min.isr=1
            group.initial.rebalance.delay.ms=0

            """;
}
