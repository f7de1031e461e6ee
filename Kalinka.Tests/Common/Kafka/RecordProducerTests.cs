using Confluent.Kafka;
using Kalinka.Common.Kafka;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Common.Kafka;

internal sealed class RecordProducerTests
{
    private const short InitProducerIdRequest = 22;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Test]
    public async Task Producing_and_reporting_allocate_nothing_per_record()
    {
        const int records = 100_000;
        using var cluster = new MockCluster();
        cluster.CreateTopic("t", 1);
        var reports = new CountedReports();
        using var producer = new RecordProducer(
            Producing.OptionsFor(cluster.BootstrapServers),
            "test",
            reports,
            NullLogger.Instance
        );
        using var catalog = new TopicCatalog(
            producer,
            Producing.OptionsFor(cluster.BootstrapServers),
            "test",
            NullLogger.Instance
        );
        await catalog.Loaded.WaitAsync(Patience);
        Produce(producer, catalog, 1000);
        Assert.That(producer.Flush(Patience), Is.True);
        reports.Begin();

        var before = GC.GetAllocatedBytesForCurrentThread();
        Produce(producer, catalog, records);
        var allocatedProducing = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That(producer.Flush(Patience), Is.True);
        Assert.That(reports.Count, Is.EqualTo(records));
        Assert.That(allocatedProducing, Is.LessThan(records / 10));
        Assert.That(reports.Allocated, Is.LessThan(records / 10));
    }

    [Test]
    public async Task A_fatal_error_is_told_once_and_ends_producing()
    {
        using var cluster = new MockCluster();
        cluster.CreateTopic("t", 1);
        cluster.FailNext(InitProducerIdRequest, ErrorCode.ClusterAuthorizationFailed);
        using var producing = new Producing(cluster.BootstrapServers);
        var kafkaTopic = await producing.TopicAsync("t");

        await Eventually.That(() => !producing.Reports.Fatal.IsEmpty, Patience, "the fatal error");

        Assert.That(() => producing.Produce(kafkaTopic, null, [], 1), Throws.TypeOf<KafkaFailureException>());
        Assert.That(producing.Producer.Flush(Patience), Is.True);
        Assert.That(producing.Reports.Fatal, Has.Count.EqualTo(1));
        Assert.That(producing.Reports.Delivered, Is.Empty);
    }

    [Test]
    public async Task What_a_producer_gives_up_because_it_cannot_go_on_counts_as_purged()
    {
        using var cluster = new MockCluster();
        cluster.CreateTopic("t", 1);
        cluster.FailNext(MockCluster.ProduceRequest, ErrorCode.OutOfOrderSequenceNumber);
        using var producing = new Producing(cluster.BootstrapServers);
        var kafkaTopic = await producing.TopicAsync("t");

        producing.Produce(kafkaTopic, null, [], 1);

        await Eventually.That(() => !producing.Reports.Fatal.IsEmpty, Patience, "the fatal error");
        Assert.That(producing.Producer.Flush(Patience), Is.True);
        Assert.That(producing.Reports.Failed.Select(failure => failure.Error), Is.EqualTo([RecordError.Purged]));
    }

    [TestCase(ErrorCode.Unknown)]
    [TestCase(ErrorCode.InvalidProducerEpoch)]
    [TestCase(ErrorCode.InvalidRecord)]
    public async Task An_error_that_need_not_be_the_records_own_is_no_end_of_it(ErrorCode error)
    {
        using var cluster = new MockCluster();
        cluster.CreateTopic("t", 1);
        using var producing = new Producing(cluster.BootstrapServers);
        var kafkaTopic = await producing.TopicAsync("t");
        cluster.FailNext(MockCluster.ProduceRequest, error);

        producing.Produce(kafkaTopic, null, [], 1);
        Assert.That(producing.Producer.Flush(Patience), Is.True);
        producing.Produce(kafkaTopic, null, [], 2);
        Assert.That(producing.Producer.Flush(Patience), Is.True);

        Assert.That(producing.Reports.Delivered, Is.EqualTo([1L, 2L]));
        Assert.That(producing.Reports.Failed, Is.Empty);
    }

    [TestCase(ErrorCode.Unknown, RecordError.Other)]
    [TestCase(ErrorCode.InvalidRecord, RecordError.Invalid)]
    [TestCase(ErrorCode.TopicAuthorizationFailed, RecordError.NotAuthorized)]
    [TestCase(ErrorCode.PolicyViolation, RecordError.Invalid)]
    public async Task An_error_that_stays_ends_the_record(ErrorCode error, RecordError expected)
    {
        using var cluster = new MockCluster();
        cluster.CreateTopic("t", 1);
        using var producing = new Producing(cluster.BootstrapServers);
        var kafkaTopic = await producing.TopicAsync("t");
        cluster.FailNext(MockCluster.ProduceRequest, error, error);

        producing.Produce(kafkaTopic, null, [], 1);

        Assert.That(producing.Producer.Flush(Patience), Is.True);
        Assert.That(producing.Reports.Failed.Select(failure => failure.Error), Is.EqualTo([expected]));
        Assert.That(producing.Reports.Delivered, Is.Empty);
    }

    [Test]
    public async Task A_full_queue_is_said_and_gets_room_by_reports()
    {
        using var cluster = new MockCluster();
        cluster.CreateTopic("t", 1);
        using var producing = new Producing(cluster.BootstrapServers, ("queue.buffering.max.messages", "10"));
        var kafkaTopic = await producing.TopicAsync("t");
        cluster.SetDown();

        var results = Enumerable.Range(0, 11).Select(token => producing.Produce(kafkaTopic, "k", [], token)).ToList();

        Assert.That(results.Take(10), Is.All.EqualTo(ProduceResult.Queued));
        Assert.That(results[10], Is.EqualTo(ProduceResult.QueueFull));
        Assert.That(producing.Producer.Outstanding, Is.EqualTo(10));
        cluster.SetUp();
        Assert.That(producing.Producer.Flush(Patience), Is.True);
        Assert.That(producing.Produce(kafkaTopic, "k", [], 11), Is.EqualTo(ProduceResult.Queued));
    }

    [Test]
    public async Task A_receiver_that_throws_is_a_fatal_error()
    {
        using var cluster = new MockCluster();
        cluster.CreateTopic("t", 1);
        var reports = new ThrowingReports();
        var options = Producing.OptionsFor(cluster.BootstrapServers);
        using var producer = new RecordProducer(options, "test", reports, NullLogger.Instance);
        using var catalog = new TopicCatalog(producer, options, "test", NullLogger.Instance);
        await catalog.Loaded.WaitAsync(Patience);

        Produce(producer, catalog, 1);

        await Eventually.That(() => reports.Fatal is not null, Patience, "the fatal error");
        Assert.That(reports.Fatal, Does.Contain("broken receiver"));
    }

    [Test]
    public async Task No_report_comes_after_the_end()
    {
        using var cluster = new MockCluster();
        cluster.CreateTopic("t", 1);
        var producing = new Producing(cluster.BootstrapServers);
        var kafkaTopic = await producing.TopicAsync("t");
        for (var token = 0; token < 10_000; token++)
        {
            producing.Produce(kafkaTopic, null, [], token);
        }

        producing.Dispose();
        var reported = producing.Reports.Count;

        Assert.That(reported + producing.Producer.Outstanding, Is.EqualTo(10_000));
        Assert.That(() => producing.Produce(kafkaTopic, null, [], 1), Throws.TypeOf<ObjectDisposedException>());
    }

    private static void Produce(RecordProducer producer, TopicCatalog catalog, int count)
    {
        var headers = new RecordHeaderBuffer();
        Span<byte> value = stackalloc byte[100];
        for (var token = 0; token < count; token++)
        {
            headers.Clear();
            headers.Add("mqtt-topic"u8, "some/topic"u8);
            headers.Add("mqtt-qos"u8, "1"u8);
            catalog.Find("t"u8, out var kafkaTopic);
            producer.TryProduce(kafkaTopic!, true, "key"u8, value, headers, 1_700_000_000_000, token);
        }
    }

    /// <summary>Counts, and measures what the report thread allocates between the first call and the last.</summary>
    private sealed class CountedReports : IDeliveryReports
    {
        private long _before = -1;

        public int Count { get; private set; }

        public long Allocated { get; private set; }

        public void Begin() => (Count, _before) = (0, -1);

        public void OnDelivered(ReadOnlySpan<long> tokens)
        {
            _before = _before < 0 ? GC.GetAllocatedBytesForCurrentThread() : _before;
            Allocated = GC.GetAllocatedBytesForCurrentThread() - _before;
            Count += tokens.Length;
        }

        public void OnFailed(long token, RecordError error, string description, in FailedRecord failed) { }

        public void OnFatal(string description) { }
    }

    private sealed class ThrowingReports : IDeliveryReports
    {
        public volatile string? Fatal;

        public void OnDelivered(ReadOnlySpan<long> tokens) => throw new InvalidOperationException("broken receiver");

        public void OnFailed(long token, RecordError error, string description, in FailedRecord failed) { }

        public void OnFatal(string description) => Fatal = description;
    }
}
