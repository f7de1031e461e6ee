using System.Text;
using Confluent.Kafka;
using Kalinka.Common.Kafka;
using Kalinka.Tests.Common.Kafka;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Kafka;

internal sealed class RefusedRecordTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Test]
    public async Task A_record_over_the_client_side_limit_is_refused_by_the_call()
    {
        using var producing = new Producing(SharedKafka.Server.BootstrapServers, ("message.max.bytes", "1000"));
        var kafkaTopic = await producing.TopicAsync(await SharedKafka.TopicAsync());

        Assert.That(producing.Produce(kafkaTopic, null, new byte[2000], 1), Is.EqualTo(ProduceResult.TooLarge));
        Assert.That(producing.Producer.Outstanding, Is.Zero);
        Assert.That(producing.Producer.Flush(Patience), Is.True);
        Assert.That(producing.Reports.Count, Is.Zero);
    }

    [Test]
    public async Task A_megabyte_passes_with_what_client_and_broker_take_by_default()
    {
        using var producing = new Producing(SharedKafka.Server.BootstrapServers);
        var kafkaTopic = await producing.TopicAsync(await SharedKafka.TopicAsync());

        Assert.That(producing.Produce(kafkaTopic, null, new byte[1_000_000], 1), Is.EqualTo(ProduceResult.Queued));
        Assert.That(producing.Producer.Flush(Patience), Is.True);
        Assert.That(producing.Reports.Delivered, Is.EqualTo([1L]));
    }

    [Test]
    public async Task A_record_over_the_limit_of_the_topic_fails_and_can_be_read_in_its_report()
    {
        var name = await SharedKafka.TopicAsync(1, ("max.message.bytes", "1000"));
        using var producing = new Producing(SharedKafka.Server.BootstrapServers);
        var kafkaTopic = await producing.TopicAsync(name);
        var headers = new RecordHeaderBuffer();
        headers.Add("name"u8, "value"u8);
        headers.Add("empty"u8, ""u8);
        var value = new byte[2000];
        value[^1] = 7;

        producing.Producer.TryProduce(kafkaTopic, true, "key"u8, value, headers, 1_700_000_000_000, 5);

        Assert.That(producing.Producer.Flush(Patience), Is.True);
        var failure = producing.Reports.Failed.Single();
        Assert.That(failure.Token, Is.EqualTo(5));
        Assert.That(failure.Error, Is.EqualTo(RecordError.TooLarge));
        Assert.That(failure.KafkaTopic, Is.EqualTo(name));
        Assert.That(failure.Key, Is.EqualTo("key"u8.ToArray()));
        Assert.That(failure.Value, Is.EqualTo(value));
        Assert.That(failure.Headers.Count, Is.EqualTo(2));
        Assert.That(
            Encoding.UTF8.GetString(failure.Headers.Value(failure.Headers.IndexOf("name"u8))),
            Is.EqualTo("value")
        );
    }

    [Test]
    public async Task A_refused_record_does_not_end_the_producer()
    {
        var name = await SharedKafka.TopicAsync(1, ("max.message.bytes", "1000"));
        using var producing = new Producing(SharedKafka.Server.BootstrapServers);
        var kafkaTopic = await producing.TopicAsync(name);

        producing.Produce(kafkaTopic, null, new byte[2000], 1);
        Assert.That(producing.Producer.Flush(Patience), Is.True);
        producing.Produce(kafkaTopic, null, new byte[10], 2);
        Assert.That(producing.Producer.Flush(Patience), Is.True);

        Assert.That(producing.Reports.Delivered, Is.EqualTo([2L]));
        Assert.That(producing.Reports.Fatal, Is.Empty);
    }

    [Test]
    public async Task Small_records_are_delivered_though_one_of_their_batch_is_too_large_for_the_topic()
    {
        const int records = 100;
        const int large = 50;
        var name = await SharedKafka.TopicAsync(1, ("max.message.bytes", "1000"));
        using var producing = new Producing(SharedKafka.Server.BootstrapServers, ("linger.ms", "100"));
        var kafkaTopic = await producing.TopicAsync(name);

        for (var token = 0; token < records; token++)
        {
            producing.Produce(kafkaTopic, null, new byte[token == large ? 2000 : 100], token);
        }

        Assert.That(producing.Producer.Flush(Patience), Is.True);
        Assert.That(producing.Reports.Failed.Select(failure => failure.Token), Is.EqualTo([(long)large]));
        Assert.That(
            producing.Reports.Delivered.Order(),
            Is.EqualTo(Enumerable.Range(0, records).Where(token => token != large))
        );
    }

    [Test]
    public async Task A_topic_that_was_deleted_is_unknown()
    {
        var name = await SharedKafka.TopicAsync();
        using var producing = new Producing(
            SharedKafka.Server.BootstrapServers,
            ("topic.metadata.refresh.interval.ms", "500"),
            ("topic.metadata.propagation.max.ms", "0")
        );
        var kafkaTopic = await producing.TopicAsync(name);
        producing.Produce(kafkaTopic, null, [], 1);
        Assert.That(producing.Producer.Flush(Patience), Is.True);

        using var admin = new AdminClientBuilder(
            new AdminClientConfig { BootstrapServers = SharedKafka.Server.BootstrapServers }
        ).Build();
        await admin.DeleteTopicsAsync([name]);

        await Eventually.That(
            () => producing.Catalog.Find(Encoding.UTF8.GetBytes(name), out _) == TopicLookup.Unknown,
            Patience,
            "the catalog has forgotten the topic"
        );
        var result = ProduceResult.Queued;
        await Eventually.That(
            () => (result = producing.Produce(kafkaTopic, null, [], 2)) != ProduceResult.Queued,
            Patience,
            "librdkafka has forgotten the topic"
        );
        Assert.That(result, Is.EqualTo(ProduceResult.UnknownTopic));
        Assert.That(producing.Producer.Flush(Patience), Is.True);
        Assert.That(
            producing.Reports.Failed.Select(failure => failure.Error),
            Is.All.EqualTo(RecordError.UnknownTopic)
        );
    }
}
