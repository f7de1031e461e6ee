using Confluent.Kafka;
using Kalinka.Common.Kafka;
using Kalinka.Tests.Common.Kafka;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;
using TopicPartition = Kalinka.Common.Kafka.TopicPartition;

namespace Kalinka.Tests.Integration.Kafka;

internal sealed class GroupTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    [TestCase("classic")]
    [TestCase("consumer")]
    public async Task A_partition_is_revoked_from_one_member_before_another_gets_it_and_goes_on_where_it_stopped(
        string protocol
    )
    {
        var name = await SharedKafka.TopicAsync(4);
        var group = ("group.protocol", protocol);
        await ProduceAsync(name, 400);
        var order = new List<string>();
        using var first = new GroupMember(SharedKafka.Server.BootstrapServers, [name], group);
        await Eventually.That(() => first.Records.Count == 400, Patience, "all records at the first member");
        first.Revoking = partition => Add(order, $"revoked {partition.Partition}");

        using var second = new GroupMember(SharedKafka.Server.BootstrapServers, [name], group);
        await Eventually.That(() => first.Owned.Count == 2 && second.Owned.Count == 2, Patience, "an even share");
        foreach (var partition in second.Owned.Keys)
        {
            Assert.That(order, Has.Member($"revoked {partition.Partition}"));
            Assert.That(first.Consumer.Store(partition, 1), Is.False, "no store for a partition of someone else");
        }

        await ProduceAsync(name, 400);
        await Eventually.That(() => first.Records.Count + second.Records.Count >= 800, Patience, "the later records");
        Assert.That(first.Records.Concat(second.Records), Is.Unique, "committed on revocation, nothing read twice");
        Assert.That(first.Events, Has.None.StartWith("lost"));
    }

    [Test]
    public async Task Stored_offsets_are_committed_within_a_second_and_at_once_on_demand()
    {
        var name = await SharedKafka.TopicAsync();
        await ProduceAsync(name, 10);
        using var member = new GroupMember(SharedKafka.Server.BootstrapServers, [name]);
        await Eventually.That(() => member.Records.Count == 10, Patience, "the records");

        Assert.That(member.Consumer.Commit(), Is.True);
        Assert.That(await CommittedAsync(name), Is.EqualTo(10));
        Assert.That(member.Consumer.Commit(), Is.True, "nothing new is no refusal");

        await ProduceAsync(name, 5);
        await Eventually.That(() => CommittedAsync(name).Result == 15, Patience, "the background commit");
    }

    [Test]
    public async Task Leaving_commits_and_the_next_member_begins_there()
    {
        var name = await SharedKafka.TopicAsync();
        await ProduceAsync(name, 10);
        using (var member = new GroupMember(SharedKafka.Server.BootstrapServers, [name]))
        {
            await Eventually.That(() => member.Records.Count == 10, Patience, "the records");
            member.Leave();
            Assert.That(member.Events, Has.Member($"revoked {name}/0"));
            Assert.That(member.Consumer.Store(new TopicPartition(name, 0), 3), Is.False);
        }

        await ProduceAsync(name, 1);
        using var next = new GroupMember(SharedKafka.Server.BootstrapServers, [name]);
        await Eventually.That(() => !next.Records.IsEmpty, Patience, "the next record");
        Assert.That(next.Records, Is.EqualTo([(new TopicPartition(name, 0), 10L)]));
    }

    [Test]
    public async Task Who_asks_while_it_leaves_is_answered_or_gets_nothing()
    {
        var name = await SharedKafka.TopicAsync();
        await ProduceAsync(name, 10);
        using var member = new GroupMember(SharedKafka.Server.BootstrapServers, [name]);
        var answers = 0;
        var asking = Task.Factory.StartNew(
            () =>
            {
                while (member.Consumer.ReadLag(name, 1) is not null)
                {
                    Interlocked.Increment(ref answers);
                }
            },
            TaskCreationOptions.LongRunning
        );
        await Eventually.That(
            () => Volatile.Read(ref answers) > 3 && member.Records.Count == 10,
            Patience,
            "an answer, and the records"
        );

        member.Leave();
        await asking.WaitAsync(Patience);
        Assert.That(member.Consumer.Confirm(new TopicPartition(name, 0), 10), Is.False);
    }

    [Test]
    public async Task A_partition_that_nobody_knows_is_neither_paused_nor_a_failure()
    {
        var name = await SharedKafka.TopicAsync();
        using var member = new GroupMember(SharedKafka.Server.BootstrapServers, [name]);
        await Eventually.That(() => member.Owned.Count == 1, Patience, "the partition");
        member.Consumer.Pause(new TopicPartition(name, 7));
        member.Consumer.Resume(new TopicPartition(name, 7));
        await ProduceAsync(name, 1);
        await Eventually.That(() => !member.Records.IsEmpty, Patience, "the record");
    }

    [Test]
    public async Task A_pattern_takes_in_topics_that_are_made_later_and_a_missing_topic_is_no_failure()
    {
        using var member = new GroupMember(SharedKafka.Server.BootstrapServers, [@"^later\..*", "not.made.yet"]);
        await Eventually.That(() => member.Consumer.IsReachable, Patience, "Kafka is reached");

        await SharedKafka.Server.CreateTopicAsync("later.one", 1);
        await SharedKafka.Server.CreateTopicAsync("not.made.yet", 1);
        await ProduceAsync("later.one", 3);
        await ProduceAsync("not.made.yet", 3);

        await Eventually.That(() => member.Records.Count == 6, Patience, "the records of the new topics");
        Assert.That(member.Consumer.Joined, Is.True);
        Assert.That(member.Failure, Is.Null);
    }

    [Test]
    public async Task A_paused_partition_stands_still_and_a_seek_goes_back()
    {
        var name = await SharedKafka.TopicAsync();
        var handler = new QuietHandler();
        using var consumer = new RecordConsumer(
            Producing.OptionsFor(SharedKafka.Server.BootstrapServers),
            "test",
            handler,
            NullLogger.Instance
        );
        consumer.Subscribe([name]);
        await ProduceAsync(name, 3);
        Assert.That(Offsets(consumer, 3), Is.EqualTo([0, 1, 2]));

        var partition = new TopicPartition(name, 0);
        consumer.Seek(partition, 1);
        Assert.That(Offsets(consumer, 2), Is.EqualTo([1, 2]));
        consumer.Pause(partition);
        await ProduceAsync(name, 1);
        Assert.That(consumer.TryConsume(TimeSpan.FromSeconds(1), out _), Is.False);
        consumer.Resume(partition);
        Assert.That(Offsets(consumer, 1), Is.EqualTo([3]));
        consumer.Close();
    }

    [Test]
    public async Task Where_fetches_go_at_once_a_record_does_not_wait_for_those_of_a_paused_partition()
    {
        var name = await SharedKafka.TopicAsync(2);
        using var consumer = new RecordConsumer(
            Producing.OptionsFor(SharedKafka.Server.BootstrapServers, ("fetch.wait.max.ms", "30000")),
            "test",
            new QuietHandler(),
            NullLogger.Instance,
            pace: FetchPace.AtOnce
        );
        consumer.Subscribe([name]);
        await ProduceToAsync(name, 0, 1);
        await ProduceToAsync(name, 1, 1);
        Assert.That(Offsets(consumer, 2), Is.EqualTo([0, 0]));

        consumer.Pause(new TopicPartition(name, 0));
        await ProduceToAsync(name, 0, 1000);
        for (var number = 1; number <= 3; number++)
        {
            await ProduceToAsync(name, 1, 1);
            Assert.That(consumer.TryConsume(TimeSpan.FromSeconds(10), out var consumed), "a third of the longest wait");
            Assert.That((consumed.Partition.Partition, consumed.Offset), Is.EqualTo((1, number)));
        }

        consumer.Close();
    }

    [Test]
    public async Task Leaving_while_Kafka_is_away_takes_no_longer_than_the_time_it_is_given()
    {
        await using var server = await KafkaServer.StartAsync();
        await server.CreateTopicAsync("t");
        using var member = new GroupMember(server.BootstrapServers, ["t"]);
        await Eventually.That(() => member.Owned.Count == 1, Patience, "the partition");
        Assert.That(member.Consumer.IsReachable, Is.True);
        await server.KillAsync();
        await Eventually.That(() => !member.Consumer.IsReachable, Patience, "the loss is seen");

        var started = TimeProvider.System.GetTimestamp();
        member.Leave();
        member.Dispose();
        TestContext.Out.WriteLine($"Left in {TimeProvider.System.GetElapsedTime(started)}");

        Assert.That(TimeProvider.System.GetElapsedTime(started), Is.LessThan(TimeSpan.FromSeconds(15)));
    }

    private static void Add(List<string> order, string what)
    {
        lock (order)
        {
            order.Add(what);
        }
    }

    private static List<long> Offsets(RecordConsumer consumer, int count)
    {
        var offsets = new List<long>();
        while (offsets.Count < count)
        {
            if (consumer.TryConsume(Patience, out var consumed))
            {
                offsets.Add(consumed.Offset);
            }
        }

        return offsets;
    }

    private static async Task ProduceAsync(string name, int count)
    {
        using var producing = new Producing(SharedKafka.Server.BootstrapServers);
        var kafkaTopic = await producing.TopicAsync(name);
        for (var token = 0; token < count; token++)
        {
            producing.Produce(kafkaTopic, $"key-{token}", [], token);
        }

        Assert.That(producing.Producer.Flush(Patience), Is.True);
    }

    private static async Task ProduceToAsync(string name, int partition, int count)
    {
        using var producing = new Producing(SharedKafka.Server.BootstrapServers);
        var kafkaTopic = (await producing.TopicAsync(name)).On(partition);
        for (var token = 0; token < count; token++)
        {
            producing.Produce(kafkaTopic, $"key-{token}", [], token);
        }

        Assert.That(producing.Producer.Flush(Patience), Is.True);
    }

    private static async Task<long> CommittedAsync(string name)
    {
        using var admin = new AdminClientBuilder(
            new AdminClientConfig { BootstrapServers = SharedKafka.Server.BootstrapServers }
        ).Build();
        var partition = new Confluent.Kafka.TopicPartition(name, 0);
        var groups = await admin.ListConsumerGroupOffsetsAsync([new(Producing.Group, [partition])]);
        return groups.Single().Partitions.Single().Offset.Value;
    }

    private sealed class QuietHandler : IAssignmentHandler
    {
        public void OnAssigned(IReadOnlyList<TopicPartition> partitions) { }

        public void OnRevoked(IReadOnlyList<TopicPartition> partitions) { }

        public void OnLost(IReadOnlyList<TopicPartition> partitions) { }
    }
}
