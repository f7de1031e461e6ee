using Confluent.Kafka;

namespace Kalinka.Bench.Load;

/// <summary>One producer; the keys are many clients in turn.</summary>
internal sealed class KafkaLoad : ILoad
{
    private readonly int _size;
    private readonly IProducer<string, byte[]> _producer;

    public KafkaLoad(string bootstrapServers, int size)
    {
        _size = size;
        _producer = new ProducerBuilder<string, byte[]>(
            new ProducerConfig
            {
                BootstrapServers = bootstrapServers,
                LingerMs = 1,
                QueueBufferingMaxMessages = 1_000_000,
                Partitioner = Partitioner.Murmur2Random,
            }
        ).Build();
    }

    public async Task SendAsync(string topic, int messages, int perSecond)
    {
        var pace = new Pace(perSecond, messages);
        var sent = 0;
        while (await pace.DueAsync() is { } due)
        {
            for (; due > 0; due--, sent++)
            {
                Produce(topic, MqttLoad.ClientName(sent % MqttLoad.Clients));
            }
        }

        _producer.Flush(TimeSpan.FromSeconds(30));
    }

    public ValueTask DisposeAsync()
    {
        _producer.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Produce(string topic, string key)
    {
        var payload = Stamp.Payload(_size);
        Stamp.Write(payload);
        _producer.Produce(topic, new Message<string, byte[]> { Key = key, Value = payload });
    }
}
