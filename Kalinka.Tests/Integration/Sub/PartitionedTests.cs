using System.Diagnostics;
using Kalinka.Common.Brokers;
using Kalinka.Sub;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Sub;

/// <summary>Second-level partitioning between real servers: twelve brokers, Kafka, ZooKeeper.</summary>
internal sealed class PartitionedTests() : FleetFixture(Brokers)
{
    private const int Brokers = 12;

    [Test]
    public async Task Four_instances_have_one_connection_to_each_broker_also_while_they_come_and_go()
    {
        await using var deployment = new Deployment(_fleet, "p", Brokers);
        await deployment.PrepareAsync();
        for (var instance = 0; instance < 4; instance++)
        {
            deployment.Start(DeliveryMode.Partitioned);
        }

        await ConnectedAsync(deployment, Brokers);
        await Eventually.That(
            () => deployment.Statuses.All(status => status.Brokers.Count(broker => broker.Owned == true) == 3),
            SubStack.Within,
            "an even share"
        );
        await Eventually.That(
            () => deployment.Statuses.All(status => status.Brokers.All(broker => broker.Owner is not null)),
            SubStack.Within,
            "each tells who has which broker"
        );
        deployment.Produce(30);
        await Eventually.That(() => _fleet.HeardBy("p-c0").Count > 3, SubStack.Within, "some of them");

        var since = Stopwatch.GetTimestamp();
        await deployment.StopAsync(deployment.Running[0]);
        deployment.Produce(30);
        await ConnectedAsync(deployment, Brokers);
        Report("after one has left", since);
        since = Stopwatch.GetTimestamp();
        var fifth = deployment.Start(DeliveryMode.Partitioned);
        await Eventually.That(() => fifth.Pipeline.Status().Ready, SubStack.Within, "the new one is ready");
        await ConnectedAsync(deployment, Brokers);
        Report("after one has come", since);
        deployment.Produce(30);
        await deployment.CompleteAsync();

        Assert.That(deployment.Repeats, Is.Zero, "nobody has died");
        for (var broker = 0; broker < Brokers; broker++)
        {
            var (names, atOnce) = deployment.SeenAt(broker);
            Assert.That(names, Is.EqualTo(new[] { $"sub-p-b{broker}" }));
            Assert.That(atOnce, Is.EqualTo(1));
        }
    }

    [Test]
    public async Task Direct_has_a_connection_of_every_instance_to_every_broker()
    {
        await using var deployment = new Deployment(_fleet, "d", Brokers);
        await deployment.PrepareAsync();
        for (var instance = 0; instance < 4; instance++)
        {
            deployment.Start(DeliveryMode.Direct);
        }

        await ConnectedAsync(deployment, 4 * Brokers);
        deployment.Produce(5);
        await deployment.CompleteAsync();
        Assert.That(Enumerable.Range(0, Brokers).Sum(broker => deployment.SeenAt(broker).AtOnce), Is.EqualTo(48));
    }

    [TestCase(DeliveryMode.Direct)]
    [TestCase(DeliveryMode.Partitioned)]
    public async Task A_dead_brokers_records_wait_in_kafka_while_the_others_arrive_and_come_when_it_is_back(
        DeliveryMode mode
    )
    {
        var name = $"dead{mode}".ToLowerInvariant();
        await using var deployment = new Deployment(_fleet, name, Brokers);
        await deployment.PrepareAsync();
        deployment.Start(mode);
        deployment.Start(mode);
        await ConnectedAsync(deployment, mode == DeliveryMode.Direct ? 2 * Brokers : Brokers);
        deployment.Produce(2);
        await deployment.CompleteAsync();
        await _fleet.Brokers[5].KillAsync();
        try
        {
            deployment.Produce(20);
            await deployment.CompleteAsync(client => client % Brokers != 5);
            await Eventually.That(
                () => deployment.Statuses.All(status => Backlog(status) == 20 * Deployment.Clients / Brokers),
                SubStack.Within,
                "its records are in its partition, and are shown",
                () => string.Join(", ", deployment.Statuses.Select(Backlog))
            );
        }
        finally
        {
            await _fleet.Brokers[5].RestartAsync();
        }

        deployment.Produce(2);
        await deployment.CompleteAsync();

        static long? Backlog(Kalinka.Common.Hosting.DaemonStatus status) =>
            status.Brokers.Single(broker => broker.Name == "b5").Backlog;
    }

    [Test]
    public async Task From_direct_to_partitioned_and_back_instance_by_instance()
    {
        await using var deployment = new Deployment(_fleet, "m", Brokers);
        await deployment.PrepareAsync();
        deployment.Start(DeliveryMode.Direct);
        deployment.Start(DeliveryMode.Direct);
        await ConnectedAsync(deployment, 2 * Brokers);
        foreach (var mode in new[] { DeliveryMode.Partitioned, DeliveryMode.Direct })
        {
            for (var step = 0; step < 2; step++)
            {
                deployment.Produce(10);
                await deployment.StopAsync(deployment.Running[0]);
                deployment.Produce(10);
                var next = deployment.Start(mode);
                await Eventually.That(() => next.Pipeline.Status().Ready, SubStack.Within, $"ready in {mode}");
            }
        }

        await deployment.CompleteAsync();
        Assert.That(deployment.Repeats, Is.Zero, deployment.RepeatedValues);
    }

    [Test]
    public async Task A_broker_that_is_announced_gets_a_partition_and_what_is_for_its_clients()
    {
        await using var deployment = new Deployment(_fleet, "n", Brokers - 1);
        await deployment.PrepareAsync();
        for (var instance = 0; instance < 2; instance++)
        {
            deployment.Start(DeliveryMode.Partitioned, options => options with { Announced = Announced() });
        }

        await ConnectedAsync(deployment, Brokers - 1);
        deployment.Produce(2);
        await deployment.CompleteAsync();

        var broker = _fleet.Broker(Brokers - 1);
        await _fleet.WriteAsync(
            deployment.Chroot,
            $"/brokers/{broker.Name}",
            $$"""{ "address": "{{broker.Address}}", "rack": "r1" }"""
        );
        await _fleet.PlaceAsync(deployment.Chroot, [(Deployment.Client("n", 0), broker.Name)]);
        var since = Stopwatch.GetTimestamp();
        await ConnectedAsync(deployment, Brokers);
        Report("after one was announced", since);
        deployment.Produce(2);
        await deployment.CompleteAsync();
        Assert.That(
            await _fleet.ReadAsync(deployment.Chroot, $"/brokers/{broker.Name}"),
            Does.Contain($"\"partition\":{Brokers - 1}").And.Contain("\"rack\":\"r1\""),
            "a partition more was made, and what else stands there was kept"
        );
    }

    private static AnnouncedOptions Announced()
    {
        Assert.That(AddressPattern.TryParse("127.0.0.1", out var loopback, out var problem), problem);
        return AnnouncedOptions.None with { Allow = [loopback!] };
    }

    private static Task ConnectedAsync(Deployment deployment, int connections) =>
        Eventually.That(() => deployment.Connections == connections, SubStack.Within, $"{connections} connections");

    private static void Report(string what, long since) =>
        TestContext.Progress.WriteLine(
            $"{what}, all brokers were connected again within {Stopwatch.GetElapsedTime(since).TotalMilliseconds:0} ms"
        );
}
