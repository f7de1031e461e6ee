using Kalinka.Common.Kafka;
using Kalinka.Tests.Common.Kafka;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Kafka;

/// <summary>Each with a server of its own, which is killed and comes back with its data.</summary>
internal sealed class OutageTests
{
    private const int Records = 20_000;

    [Test]
    public async Task Killing_Kafka_under_producing_costs_no_record_repeats_none_and_keeps_the_order()
    {
        await using var server = await KafkaServer.StartAsync(autoCreateTopics: false);
        await server.CreateTopicAsync("outage", 1);
        using var producing = new Producing(server.BootstrapServers);
        var kafkaTopic = await producing.TopicAsync("outage");

        for (var kill = 0; kill < 3; kill++)
        {
            var sending = Task.Run(() => Send(producing, kafkaTopic, kill * Records));
            var before = producing.Reports.Delivered.Count;
            await Eventually.That(
                () => producing.Reports.Delivered.Count > before + 100,
                TimeSpan.FromSeconds(20),
                "records are being confirmed"
            );
            await server.KillAsync();
            await Eventually.That(() => !producing.Catalog.Reachable, TimeSpan.FromSeconds(20), "the loss is seen");
            await server.RestartAsync();
            await sending;
            Assert.That(producing.Producer.Flush(TimeSpan.FromSeconds(60)), Is.True, producing.Producer.LastError);
            await Eventually.That(() => producing.Catalog.Reachable, TimeSpan.FromSeconds(20), "Kafka is back");
        }

        AssertAllOnceInOrder(producing, server, 3 * Records);
    }

    [Test]
    public async Task What_waits_for_Kafka_is_purged_reported_and_the_producer_goes_on()
    {
        await using var server = await KafkaServer.StartAsync(autoCreateTopics: false);
        await server.CreateTopicAsync("purge", 1);
        using var producing = new Producing(server.BootstrapServers);
        var kafkaTopic = await producing.TopicAsync("purge");
        producing.Produce(kafkaTopic, null, [], 0);
        Assert.That(producing.Producer.Flush(TimeSpan.FromSeconds(20)), Is.True);
        await server.KillAsync();
        for (var token = 1; token <= 1000; token++)
        {
            producing.Produce(kafkaTopic, null, [], token);
        }

        Assert.That(producing.Producer.Outstanding, Is.EqualTo(1000));
        producing.Producer.Purge();

        Assert.That(producing.Producer.Flush(TimeSpan.FromSeconds(10)), Is.True);
        Assert.That(producing.Reports.Failed.Select(f => f.Error), Is.All.EqualTo(RecordError.Purged));
        Assert.That(producing.Reports.Failed.Select(f => f.Token).Order(), Is.EqualTo(Enumerable.Range(1, 1000)));
        await server.RestartAsync();
        producing.Produce(kafkaTopic, null, [], 2000);
        Assert.That(producing.Producer.Flush(TimeSpan.FromSeconds(30)), Is.True, producing.Producer.LastError);
        Assert.That(producing.Reports.Delivered, Is.EqualTo([0L, 2000L]));
        Assert.That(producing.Reports.Fatal, Is.Empty);
    }

    private static void Send(Producing producing, KafkaTopic kafkaTopic, int first)
    {
        for (var token = first; token < first + Records; token++)
        {
            Assert.That(
                producing.Produce(kafkaTopic, null, BitConverter.GetBytes(token), token),
                Is.EqualTo(ProduceResult.Queued)
            );
            if (token % 100 == 0)
            {
                Thread.Yield();
            }
        }
    }

    private static void AssertAllOnceInOrder(Producing producing, KafkaServer server, int count)
    {
        var expected = Enumerable.Range(0, count).ToArray();
        Assert.That(producing.Reports.Failed, Is.Empty);
        Assert.That(producing.Reports.Fatal, Is.Empty);
        Assert.That(producing.Reports.Delivered, Is.EqualTo(expected.Select(token => (long)token)));
        var records = TopicReader.Read(server.BootstrapServers, "outage", 1, count, TimeSpan.FromSeconds(30));
        Assert.That(records.Select(record => BitConverter.ToInt32(record.Message.Value)), Is.EqualTo(expected));
    }
}
