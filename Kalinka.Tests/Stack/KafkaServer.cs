using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Kalinka.Tests.Stack;

/// <summary>
/// A Kafka of one's own for a test. The real one when <c>KAFKA_HOME</c> names a folder with its <c>libs</c>, else one
/// in a container when a Docker engine answers, else librdkafka's mock cluster, which keeps records only in memory and
/// has no admin API.
/// </summary>
internal abstract class KafkaServer : IAsyncDisposable
{
    public abstract string BootstrapServers { get; }

    /// <summary>What <see cref="StartAsync"/> starts here, for the output of a test run.</summary>
    public static string Describe() =>
        KafkaProcess.IsAvailable(out var home) ? $"Kafka of {home}"
        : KafkaContainer.IsAvailable() ? $"Kafka in a container ({KafkaContainer.Image})"
        : "the mock cluster of librdkafka (KAFKA_HOME is not set, and no Docker engine answers)";

    /// <summary>Starts a server of one node on free ports of 127.0.0.1; ready when it returns.</summary>
    /// <param name="autoCreateTopics">The broker's <c>auto.create.topics.enable</c>.</param>
    /// <param name="settings">Further broker settings. Not for the mock cluster.</param>
    public static async Task<KafkaServer> StartAsync(
        bool autoCreateTopics = true,
        IReadOnlyDictionary<string, string>? settings = null
    )
    {
        var all = new Dictionary<string, string>(settings ?? new Dictionary<string, string>())
        {
            ["auto.create.topics.enable"] = autoCreateTopics ? "true" : "false",
        };
        return KafkaProcess.IsAvailable(out var home) ? await KafkaProcess.StartAsync(home, all)
            : KafkaContainer.IsAvailable() ? await KafkaContainer.StartAsync(all)
            : KafkaMock.Start();
    }

    /// <summary>Stops in order; the data stay.</summary>
    public abstract Task StopAsync();

    /// <summary>Ends without a chance to say goodbye; what was confirmed stays.</summary>
    public abstract Task KillAsync();

    /// <summary>Starts again on the same port with the same data, stopping first what still runs.</summary>
    public abstract Task RestartAsync();

    /// <summary>Makes a topic, and returns when a broker names it.</summary>
    public virtual async Task CreateTopicAsync(
        string name,
        int partitions = 1,
        IReadOnlyDictionary<string, string>? settings = null
    )
    {
        using var admin = Admin();
        var configs = settings?.ToDictionary();
        await admin.CreateTopicsAsync([
            new TopicSpecification
            {
                Name = name,
                NumPartitions = partitions,
                ReplicationFactor = 1,
                Configs = configs,
            },
        ]);
        await Eventually.That(
            () => admin.GetMetadata(TimeSpan.FromSeconds(5)).Topics.Exists(topic => topic.Topic == name),
            TimeSpan.FromSeconds(20),
            $"the topic {name}"
        );
    }

    public abstract ValueTask DisposeAsync();

    protected IAdminClient Admin() =>
        new AdminClientBuilder(new AdminClientConfig { BootstrapServers = BootstrapServers })
            .SetErrorHandler((_, _) => { })
            .SetLogHandler((_, _) => { })
            .Build();

    protected async Task UntilReadyAsync()
    {
        using var admin = Admin();
        await Eventually.That(() => Answers(admin), TimeSpan.FromSeconds(60), $"an answer of {BootstrapServers}");
    }

    private static bool Answers(IAdminClient admin)
    {
        try
        {
            return admin.GetMetadata(TimeSpan.FromSeconds(1)).Brokers.Count > 0;
        }
        catch (KafkaException)
        {
            return false;
        }
    }
}
