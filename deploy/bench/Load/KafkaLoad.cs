using Confluent.Kafka;

namespace Kalinka.Bench.Load;

/// <summary>One producer; the keys are many clients in turn, and with twins another client for each message.</summary>
internal sealed class KafkaLoad : ILoad
{
    private readonly int _size;
    private readonly bool _twins;
    private readonly IProducer<string, byte[]> _producer;

    public KafkaLoad(string bootstrapServers, int size, bool twins = false)
    {
        (_size, _twins) = (size, twins);
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
                var client = MqttLoad.ClientName(sent % MqttLoad.Clients);
                Produce(topic, client);
                if (_twins)
                {
                    Produce(topic, TwinOf(client));
                }
            }
        }

        _producer.Flush(TimeSpan.FromSeconds(30));
    }

    /// <summary>The client whose messages go with another's.</summary>
    public static string TwinOf(string client) => $"twin-{client}";

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
