using System.Text.Json;
using Kalinka.Sub.Verbs;
using Kalinka.Tests.Common.Verbs;

namespace Kalinka.Tests.Sub.Verbs;

internal sealed class DeliveryPlanTests
{
    [Test]
    public void Direct_is_every_instance_to_every_broker_and_partitioned_one_to_each()
    {
        var plan = Plan(brokers: 12, instances: 4);
        Assert.That(plan.Direct.Connections, Is.EqualTo(48));
        Assert.That(plan.Direct.ConnectionsPerInstance, Is.EqualTo(12));
        Assert.That(plan.Direct.WindowPerBroker, Is.EqualTo(80));
        Assert.That(plan.Partitioned.Connections, Is.EqualTo(12));
        Assert.That(plan.Partitioned.ConnectionsPerInstance, Is.EqualTo(3));
        Assert.That(plan.Partitioned.WindowPerBroker, Is.EqualTo(20));
        Assert.That(plan.Advice, Does.StartWith("Direct"));
    }

    [Test]
    public void Many_connections_speak_for_partitioned() =>
        Assert.That(Plan(brokers: 1000, instances: 100).Advice, Does.StartWith("Partitioned: 100000 connections"));

    [TestCase(1000, 100, 1000, 10)]
    [TestCase(1000, 100, 250, 12)]
    [TestCase(7, 3, 7, 3)]
    [TestCase(2, 5, 2, 1)]
    public void The_busiest_instance_has_its_share_of_the_partitions(
        int brokers,
        int instances,
        int partitions,
        int connections
    ) =>
        Assert.That(
            Plan(brokers, instances, partitions: partitions).Partitioned.ConnectionsPerInstance,
            Is.EqualTo(connections)
        );

    [Test]
    public void The_brokers_windows_bound_the_throughput()
    {
        var small = Plan(brokers: 2, instances: 8, rate: 20_000, receiveMaximum: 20);
        Assert.That(small.Partitioned.MessagesPerSecond, Is.EqualTo(2 * 20 * 200));
        Assert.That(Printed(small), Does.Contain("Partitioned is too slow").And.Contain("max_inflight_messages"));
        var large = Plan(brokers: 2, instances: 8, rate: 20_000, receiveMaximum: 1000);
        Assert.That(Printed(large), Does.Not.Contain("too slow"));
    }

    [Test]
    public void Memory_is_what_connections_take_and_what_waits()
    {
        var (few, many) = (Plan(brokers: 12, instances: 4), Plan(brokers: 1012, instances: 4));
        Assert.That(many.Direct.MiBAtRest - few.Direct.MiBAtRest, Is.EqualTo(255).Within(1));
        Assert.That(few.Partitioned.MiBAtRest, Is.LessThan(few.Direct.MiBAtRest));
        var waits = few.Direct.MiBPerInstance - few.Direct.MiBAtRest;
        Assert.That(waits, Is.EqualTo(many.Direct.MiBPerInstance - many.Direct.MiBAtRest));
        Assert.That(waits, Is.GreaterThan(64), "Buffer:Bytes, and the records that carry it");
    }

    [Test]
    public void Brokers_that_share_a_partition_are_told() =>
        Assert.That(Printed(Plan(brokers: 10, instances: 2, partitions: 4)), Does.Contain("up to 3 brokers share one"));

    [Test]
    public async Task The_verb_needs_no_configuration_and_speaks_json()
    {
        var ended = await Executable.RunAsync(
            Executable.Sub,
            "plan",
            "--brokers",
            "12",
            "--instances",
            "4",
            "--clients",
            "1000",
            "--rate",
            "500",
            "--json"
        );
        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
        var json = JsonDocument.Parse(ended.Output).RootElement;
        Assert.That(json.GetProperty("direct").GetProperty("connections").GetInt64(), Is.EqualTo(48));
        Assert.That(json.GetProperty("partitioned").GetProperty("connections").GetInt64(), Is.EqualTo(12));
        Assert.That(json.GetProperty("advice").GetString(), Does.StartWith("Direct"));
    }

    [TestCase("0")]
    [TestCase("many")]
    public async Task A_number_that_is_none_is_a_mistake(string brokers)
    {
        var ended = await Executable.RunAsync(Executable.Sub, "plan", "--brokers", brokers, "--instances", "4");
        Assert.That(ended.ExitCode, Is.EqualTo(2));
        Assert.That(ended.Error, Does.Contain("--brokers"));
    }

    private static string Printed(DeliveryPlan plan)
    {
        using var output = new StringWriter();
        plan.Print(output, json: false);
        return output.ToString();
    }

    private static DeliveryPlan Plan(
        int brokers,
        int instances,
        int rate = 100,
        int? partitions = null,
        int receiveMaximum = 20
    ) => new(brokers, instances, 100_000, rate, partitions ?? brokers, receiveMaximum, 5);
}
