using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using Kalinka.Common.Brokers;
using Kalinka.Common.Hosting;
using Kalinka.Sub;
using Kalinka.Sub.Deliveries;
using Kalinka.Tests.Common.Verbs;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Sub;

/// <summary>What waits in a partition of the delivery topic, and what that means for the others: between real servers.</summary>
internal sealed class ParkedPartitionTests() : FleetFixture(Brokers)
{
    private const int Brokers = 3;

    [Test]
    public async Task What_waits_for_a_dead_broker_is_in_kafka_and_no_fetch_of_the_others_waits_for_it()
    {
        const int written = 10_000;
        var longest = TimeSpan.FromSeconds(3);
        await using var deployment = new Deployment(_fleet, "full", Brokers);
        await deployment.PrepareAsync();
        var sub = deployment.Start(
            DeliveryMode.Partitioned,
            options => options with { Kafka = options.Kafka with { Properties = LongestFetch(longest) } }
        );
        await ConnectedAsync(deployment, Brokers);
        await _fleet.Brokers[0].KillAsync();
        try
        {
            Write(deployment, client: 0, partition: Shown(sub, "b0").Partition!.Value, written);
            var share = new RecordSource(isDelivery: true, Stages.Window, bytes: 1).WindowOf(Brokers);
            await Eventually.That(
                () => sub.Pipeline.Status().Kafka.Outstanding >= share,
                SubStack.Within,
                "its share of the memory is full"
            );
            var since = Stopwatch.GetTimestamp();
            for (var number = 0; number < 20; number++)
            {
                Write(deployment, client: 1, Shown(sub, "b1").Partition!.Value, 1, first: number);
                await Eventually.That(
                    () => _fleet.HeardBy(Deployment.Client("full", 1)).Count == number + 1,
                    SubStack.Within,
                    "the next one"
                );
            }

            Assert.That(
                Stopwatch.GetElapsedTime(since),
                Is.LessThan(longest * 10),
                "fetches that wait would take twice that"
            );
            Assert.That(sub.Pipeline.Status().Kafka.Outstanding, Is.LessThan(written / 2), "the rest waits in Kafka");
        }
        finally
        {
            await _fleet.Brokers[0].RestartAsync();
        }
    }

    [TestCase(DeliveryMode.Direct)]
    [TestCase(DeliveryMode.Partitioned)]
    public async Task What_is_for_a_held_broker_waits_in_kafka_and_comes_in_order_when_it_is_released(DeliveryMode mode)
    {
        var name = $"held{mode}".ToLowerInvariant();
        await using var deployment = new Deployment(_fleet, name, Brokers);
        await deployment.PrepareAsync();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, deployment.Configuration($"{mode}"));
        deployment.Start(mode);
        deployment.Start(mode);
        await ConnectedAsync(deployment, mode == DeliveryMode.Direct ? 2 * Brokers : Brokers);
        deployment.Produce(5);
        await deployment.CompleteAsync();

        await RunAsync("hold", file);
        await Eventually.That(() => deployment.Statuses.All(s => Broker(s, "b1").Held), SubStack.Within, "it is held");
        deployment.Produce(20);
        await deployment.CompleteAsync(client => client % Brokers != 1);
        await Eventually.That(
            () => deployment.Statuses.All(s => Broker(s, "b1").Backlog == 20 * Deployment.Clients / Brokers),
            SubStack.Within,
            "its records are in its partition"
        );
        Assert.That(_fleet.HeardBy(Deployment.Client(name, 1)), Has.Count.EqualTo(5));

        await RunAsync("release", file);
        deployment.Produce(5);
        await deployment.CompleteAsync();
        Assert.That(deployment.Repeats, Is.Zero);
        File.Delete(file);
    }

    [TestCase(DeliveryMode.Direct)]
    [TestCase(DeliveryMode.Partitioned)]
    public async Task What_is_for_an_unknown_name_waits_in_a_partition_until_a_broker_of_that_name_is_announced(
        DeliveryMode mode
    )
    {
        var name = $"unknown{mode}".ToLowerInvariant();
        await using var deployment = new Deployment(_fleet, name, Brokers - 1);
        await deployment.PrepareAsync();
        deployment.Start(mode, options => options with { Announced = Announced() });
        deployment.Start(mode, options => options with { Announced = Announced() });
        await ConnectedAsync(deployment, mode == DeliveryMode.Direct ? 2 * (Brokers - 1) : Brokers - 1);
        await _fleet.PlaceAsync(
            deployment.Chroot,
            [.. Enumerable.Range(0, 10).Select(number => (Deployment.Client(name, number), "b2"))]
        );
        await _fleet.PlaceAsync(deployment.Chroot, [(Deployment.Client(name, 10), "misspelt")]);

        deployment.Produce(20);
        await deployment.CompleteAsync(client => client > 10);
        await Eventually.That(
            () =>
                deployment.Statuses.All(status =>
                    status.Counters["alert: unknown brokers"] == 2 && Broker(status, "b2").Backlog == 200
                ),
            SubStack.Within,
            "an alert, and everything in a partition"
        );
        Assert.That(deployment.Statuses.Sum(status => status.Counters["dead letters: unreachable"]), Is.Zero);

        var partition = Broker(deployment.Statuses.First(), "b2").Partition;
        await _fleet.WriteAsync(
            deployment.Chroot,
            "/brokers/b2",
            $$"""{ "address": "{{_fleet.Broker(2).Address}}" }"""
        );
        deployment.Produce(20);
        await _fleet.PlaceAsync(deployment.Chroot, [(Deployment.Client(name, 10), "b1")]);
        await deployment.CompleteAsync();
        Assert.That(deployment.Repeats, Is.Zero);
        await Eventually.That(
            () => deployment.Statuses.All(status => status.Counters["alert: unknown brokers"] == 0),
            SubStack.Within,
            "no alert any more"
        );
        Assert.That(Broker(deployment.Statuses.First(), "b2").Partition, Is.EqualTo(partition), "it is for ever");
    }

    private static Dictionary<string, string> LongestFetch(TimeSpan time) =>
        new() { ["fetch.wait.max.ms"] = $"{time.TotalMilliseconds}" };

    private static AnnouncedOptions Announced()
    {
        Assert.That(AddressPattern.TryParse("127.0.0.1", out var loopback, out var problem), problem);
        return AnnouncedOptions.None with { Allow = [loopback!] };
    }

    private static BrokerStatus Shown(RunningSub sub, string broker) => Broker(sub.Pipeline.Status(), broker);

    private static BrokerStatus Broker(DaemonStatus status, string name) =>
        status.Brokers.FirstOrDefault(broker => broker.Name == name)
        ?? new BrokerStatus(name, "", "", [], 0, null, null, null, null, null);

    private static Task ConnectedAsync(Deployment deployment, int connections) =>
        Eventually.That(() => deployment.Connections == connections, SubStack.Within, $"{connections} connections");

    private static async Task RunAsync(string verb, string file)
    {
        var ended = await Executable.RunAsync(Executable.Sub, verb, "b1", "--config", file);
        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
    }

    // As an instance of level 1 does.
    private void Write(Deployment deployment, int client, int partition, int count, int first = 0)
    {
        using var producer = new ProducerBuilder<string, string>(
            new ProducerConfig { BootstrapServers = _fleet.BootstrapServers, EnableIdempotence = true }
        ).Build();
        for (var number = first; number < first + count; number++)
        {
            producer.Produce(
                new TopicPartition(deployment.DeliveryTopic, partition),
                new Message<string, string>
                {
                    Key = Deployment.Client(deployment.Name, client),
                    Value = $"{number}",
                    Headers =
                    [
                        new Header("kalinka-origin", Encoding.UTF8.GetBytes($"{deployment.KafkaTopic}/0/{number}")),
                        new Header("kalinka-delivery-hops", "1"u8.ToArray()),
                    ],
                }
            );
        }

        producer.Flush(SubStack.Within);
    }
}
