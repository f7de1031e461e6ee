using Kalinka.QuickStart.Kafka;

namespace Kalinka.Bench.Servers;

/// <summary>The mock of librdkafka, within this process; it keeps 5 MiB of a partition.</summary>
internal sealed class MockKafkaServer : IKafka
{
    private readonly MockKafka _kafka = MockKafka.Start();

    public string BootstrapServers => _kafka.BootstrapServers;

    public string Description => "librdkafka's mock of Kafka";

    public Task CreateTopicsAsync(params IReadOnlyList<string> kafkaTopics)
    {
        _kafka.CreateTopics(kafkaTopics);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _kafka.Dispose();
        return ValueTask.CompletedTask;
    }
}
