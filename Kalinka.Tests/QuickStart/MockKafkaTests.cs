using Confluent.Kafka;
using Kalinka.QuickStart.Kafka;

namespace Kalinka.Tests.QuickStart;

internal sealed class MockKafkaTests
{
    [Test]
    public async Task A_record_goes_in_and_comes_out()
    {
        using var kafka = MockKafka.Start("mqtt.backend");
        using var producer = new ProducerBuilder<string, string>(
            new ProducerConfig { BootstrapServers = kafka.BootstrapServers }
        ).Build();
        using var consumer = new ConsumerBuilder<string, string>(
            new ConsumerConfig
            {
                BootstrapServers = kafka.BootstrapServers,
                GroupId = "test",
                AutoOffsetReset = AutoOffsetReset.Earliest,
            }
        ).Build();
        consumer.Subscribe("mqtt.backend");

        await producer.ProduceAsync("mqtt.backend", new Message<string, string> { Key = "pump-1", Value = "21.4" });
        var consumed = consumer.Consume(TimeSpan.FromSeconds(20));

        Assert.That(consumed?.Message.Key, Is.EqualTo("pump-1"));
        Assert.That(consumed?.Message.Value, Is.EqualTo("21.4"));
    }

    [Test]
    public void The_topics_that_were_asked_for_exist()
    {
        using var kafka = MockKafka.Start("mqtt.mqtt", "backend.mqtt");
        using var admin = new AdminClientBuilder(
            new AdminClientConfig { BootstrapServers = kafka.BootstrapServers }
        ).Build();

        var topics = admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.Select(topic => topic.Topic);

        Assert.That(topics, Is.SupersetOf(new[] { "mqtt.mqtt", "backend.mqtt" }));
    }
}
