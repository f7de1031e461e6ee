using Confluent.Kafka;

namespace Kalinka.QuickStart.Kafka;

/// <summary>
/// The Kafka cluster that librdkafka carries for its own tests: real connections on loopback, one broker, everything in
/// memory. It creates a topic, with four partitions, when somebody asks for it, and keeps 5 MiB of a partition.
/// </summary>
internal sealed class MockKafka : IDisposable
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);
    private readonly IProducer<Null, Null> _owner;

    private MockKafka(IProducer<Null, Null> owner)
    {
        _owner = owner;
        using var admin = new DependentAdminClientBuilder(owner.Handle).Build();
        var broker = admin.GetMetadata(AnswerTimeout).Brokers.Single();
        BootstrapServers = $"{broker.Host}:{broker.Port}";
    }

    public string BootstrapServers { get; }

    public static MockKafka Start(params IEnumerable<string> kafkaTopics)
    {
        var configuration = new ProducerConfig { BootstrapServers = "localhost:1" };
        configuration.Set("test.mock.num.brokers", "1");
        // The library announces, as a warning, that it is a mock.
        var owner = new ProducerBuilder<Null, Null>(configuration).SetLogHandler((_, _) => { }).Build();
        var kafka = new MockKafka(owner);
        kafka.CreateTopics(kafkaTopics);
        return kafka;
    }

    public void Dispose() => _owner.Dispose();

    public void CreateTopics(IEnumerable<string> kafkaTopics)
    {
        using var admin = new DependentAdminClientBuilder(_owner.Handle).Build();
        foreach (var kafkaTopic in kafkaTopics)
        {
            admin.GetMetadata(kafkaTopic, AnswerTimeout);
        }
    }
}
