using System.Text;
using Confluent.Kafka;
using Kalinka.Tests.Stack;
using MQTTnet;
using MQTTnet.Protocol;

namespace Kalinka.Tests.Integration.EndToEnd;

/// <summary>Messages that Kafka takes nowhere become dead letters, and the seat goes on.</summary>
[TestFixture]
public sealed class OversizeTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Test]
    public async Task What_is_too_large_for_the_topic_or_for_the_producer_is_a_dead_letter()
    {
        if (!KafkaServer.IsReal)
        {
            Assert.Ignore("The mock cluster knows no limit of a topic");
        }

        await using var landscape = await Landscape.StartAsync();
        await landscape.Kafka.CreateTopicAsync("mqtt.small", 1, Limit(1_000));
        await landscape.Kafka.CreateTopicAsync("kalinka.dead-letter");
        var pub = landscape.StartPub("pub-1");
        await pub.WaitConnectedAsync();
        await using var device = await Device.ConnectAsync("d1", landscape.Brokers[0].Port);

        await device.PublishAsync(Message(5_000));
        await device.PublishAsync(Message(2_000_000));
        await device.PublishAsync(Message(10));
        var delivered = Read(landscape, "mqtt.small", 1).Single();
        var letters = Read(landscape, "kalinka.dead-letter", 2);

        Assert.That(delivered.Message.Value, Has.Length.EqualTo(10));
        Assert.That(
            letters.Select(letter => (letter.Message.Value!.Length, Header(letter, "kalinka-reason"))),
            Is.EquivalentTo(
                new[]
                {
                    (5_000, "too large for topic mqtt.small"),
                    (64 * 1024, "too large for the producer: 2000000 bytes"),
                }
            )
        );
        Assert.That(letters.Select(letter => Header(letter, "srcId")), Is.All.EqualTo("d1"));
        await Eventually.That(() => InFlight(pub) == 0, Soon, "every message is acknowledged");
    }

    private static Dictionary<string, string> Limit(int bytes) => new() { ["max.message.bytes"] = $"{bytes}" };

    private static List<ConsumeResult<byte[]?, byte[]?>> Read(Landscape landscape, string kafkaTopic, int count) =>
        TopicReader.Read(landscape.Kafka.BootstrapServers, kafkaTopic, 1, count, Soon);

    private static string Header(ConsumeResult<byte[]?, byte[]?> record, string name) =>
        Encoding.UTF8.GetString(record.Message.Headers.GetLastBytes(name));

    private static int InFlight(Daemon pub) =>
        pub.StatusAsync()
            .GetAwaiter()
            .GetResult()
            .RootElement.GetProperty("brokers")[0]
            .GetProperty("inFlight")
            .GetInt32();

    private static MqttApplicationMessage Message(int size) =>
        new MqttApplicationMessageBuilder()
            .WithTopic("mqtt/d1/small/pub")
            .WithPayload(new byte[size])
            .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce)
            .Build();
}
