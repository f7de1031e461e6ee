using System.Text;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Sub;
using Kalinka.Sub.Consuming;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>What the thread that consumes does to the partitions of the living while a dead broker's is full.</summary>
internal sealed class PausedPartitionTests
{
    private const int Written = 10_000;
    private const int Living = 10_000;
    private const int Portion = 500;

    private static readonly TimeSpan Within = TimeSpan.FromSeconds(20);
    private static readonly TopicPartition Dead = new("kalinka.delivery", 0);
    private static readonly TopicPartition Alive = new("kalinka.delivery", 1);

    [Test]
    public async Task A_dead_brokers_partition_is_paused_once_and_the_others_never()
    {
        using var bench = new SubBench(o => o with { Delivery = o.Delivery with { Mode = DeliveryMode.Partitioned } });
        bench.Partition(2);
        bench.Directory.Move("c", "b1");
        bench.Directory.Move("d", "b2");
        var b2 = bench.Connect("b2", answer: MqttReasonCode.Success);
        var loop = NewLoop(bench.Stages);
        using var consumer = new FakeConsumer(loop);
        using var stopping = new CancellationTokenSource();
        consumer.Assign(Dead, Alive);
        consumer.Write([.. Enumerable.Range(0, Written).Select(offset => Relayed(Dead, offset, "c"))]);
        var running = Task.Run(() => loop.Run(consumer, ["kalinka.delivery"], stopping.Token));

        await EventuallyAsync(bench, () => !consumer.Pauses.IsEmpty, "its share is full");
        for (var offset = 0; offset < Living; offset += Portion)
        {
            consumer.Write([.. Enumerable.Range(offset, Portion).Select(next => Relayed(Alive, next, "d"))]);
            await EventuallyAsync(bench, () => b2.Received.Count == offset + Portion, "what is for the living");
        }

        bench.Pass(TimeSpan.FromMinutes(1));
        Assert.That(consumer.Pauses, Is.EqualTo(new[] { Dead }));
        var share = bench.Stages.Delivery.WindowOf(2);
        Assert.That(bench.Stages.Pool.Rented, Is.InRange(share, share + 64), "the rest waits in Kafka");

        await stopping.CancelAsync();
        await EventuallyAsync(bench, () => running.IsCompleted, "the end");
        await running;
    }

    private static ConsumeLoop NewLoop(Stages stages) =>
        new(
            stages.Delivery,
            stages.Assignments,
            stages.Pool,
            stages.Inbox,
            stages.Unwrap,
            stages.Dispatcher.Arrive,
            stages.Dispatcher.Ended,
            new AssignmentNotes(() => { }),
            NullLogger<ConsumeLoop>.Instance
        );

    private static ConsumedRecord Relayed(TopicPartition partition, long offset, string client) =>
        new(
            partition,
            offset,
            0,
            Encoding.UTF8.GetBytes(client),
            "v"u8.ToArray(),
            [
                new("kalinka-origin", Encoding.UTF8.GetBytes($"in/{partition.Partition}/{offset}")),
                new("kalinka-delivery-hops", "1"u8.ToArray()),
            ]
        );

    private static Task EventuallyAsync(SubBench bench, Func<bool> condition, string awaited) =>
        Eventually.That(
            () =>
            {
                bench.Turn();
                return condition();
            },
            Within,
            awaited
        );
}
