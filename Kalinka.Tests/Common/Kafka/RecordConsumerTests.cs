using Confluent.Kafka;
using Kalinka.Common.Kafka;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;
using TopicPartition = Kalinka.Common.Kafka.TopicPartition;

namespace Kalinka.Tests.Common.Kafka;

internal sealed class RecordConsumerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Test]
    public async Task A_member_that_the_group_has_thrown_out_loses_its_partitions()
    {
        using var cluster = new MockCluster();
        cluster.CreateTopic("t", 2);
        using var member = new GroupMember(cluster.BootstrapServers, ["t"], ("heartbeat.interval.ms", "200"));
        await Eventually.That(() => member.Owned.Count == 2, Patience, "both partitions");

        cluster.FailNext(MockCluster.HeartbeatRequest, ErrorCode.UnknownMemberId);

        await Eventually.That(() => member.Events.Contains("lost t/1"), Patience, "the loss");
        Assert.That(member.Events, Has.None.StartWith("revoked"));
        await Eventually.That(() => member.Owned.Count == 2, Patience, "both partitions again");
    }

    [Test]
    public void A_handler_that_throws_ends_the_consumer_outside_of_the_callback()
    {
        using var cluster = new MockCluster();
        cluster.CreateTopic("t", 1);
        using var consumer = new RecordConsumer(
            Producing.OptionsFor(cluster.BootstrapServers),
            "test",
            new ThrowingHandler(),
            NullLogger.Instance
        );
        consumer.Subscribe(["t"]);

        Assert.That(
            () =>
            {
                while (!consumer.TryConsume(TimeSpan.FromMilliseconds(100), out _)) { }
            },
            Throws.TypeOf<KafkaFailureException>().With.InnerException.Message.EqualTo("broken handler")
        );
    }

    [Test]
    public async Task A_consumer_without_a_broker_waits_and_says_so()
    {
        using var member = new GroupMember($"127.0.0.1:{FreePort.Next()}", ["t"]);

        await Eventually.That(() => member.Consumer.LastError is not null, Patience, "an error");
        Assert.That(member.Consumer.IsReachable, Is.False);
        Assert.That(member.Consumer.Joined, Is.False);
        Assert.That(member.Failure, Is.Null);
    }

    private sealed class ThrowingHandler : IAssignmentHandler
    {
        public void OnAssigned(IReadOnlyList<TopicPartition> partitions) =>
            throw new InvalidOperationException("broken handler");

        public void OnRevoked(IReadOnlyList<TopicPartition> partitions) { }

        public void OnLost(IReadOnlyList<TopicPartition> partitions) { }
    }
}
