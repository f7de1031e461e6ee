using System.Net;
using System.Text;
using Kalinka.Common.ZooKeeper;
using Kalinka.QuickStart.ZooKeeper;
using Kalinka.Tests.Common.Configuration;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Common.Verbs;

internal sealed class ServerCheckTests
{
    [Test]
    public async Task Servers_that_answer_are_told_with_what_they_grant_and_the_check_ends_with_0()
    {
        await using var broker = await MosquittoBroker.StartAsync();
        await using var kafka = KafkaMock.Start();
        await using var ensemble = MemoryZooKeeper.Start(IPAddress.Loopback, 0);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            file,
            ConfigurationText.Sub.With(
                $$"""
                {
                  "Mqtt": { "Brokers": [ { "Name": "b1", "Address": "mqtt://127.0.0.1:{{broker.Port}}" } ] },
                  "Kafka": { "BootstrapServers": "{{kafka.BootstrapServers}}" },
                  "ZooKeeper": { "ConnectionString": "127.0.0.1:{{ensemble.Port}}/kalinka" }
                }
                """
            )
        );

        var ended = await Executable.RunAsync(Executable.Sub, "check", "--config", file, "--connect");
        File.Delete(file);

        Assert.That(ended.ExitCode, Is.Zero, ended.Output + ended.Error);
        Assert.That(ended.Output, Does.Contain($"(mqtt://127.0.0.1:{broker.Port}): ok, grants Receive Maximum 20"));
        Assert.That(ended.Output, Does.Contain($"kafka {kafka.BootstrapServers}: ok, "));
        Assert.That(ended.Output, Does.Contain($"zookeeper 127.0.0.1:{ensemble.Port}/kalinka: ok, "));
        Assert.That(ended.Output, Does.Contain("delivery topic kalinka.delivery: ok, is not there yet"));
        Assert.That(ended.Output, Does.Contain(", /clients is not there yet"));
    }

    [Test]
    public async Task Announced_brokers_are_tried_too_and_it_is_told_which_are_not_and_why()
    {
        await using var broker = await MosquittoBroker.StartAsync();
        await using var kafka = KafkaMock.Start();
        await using var ensemble = MemoryZooKeeper.Start(IPAddress.Loopback, 0);
        await AnnounceAsync(
            ensemble.Port,
            ("b2", $$"""{ "address": "mqtt://127.0.0.1:{{broker.Port}}" }"""),
            ("b3", """{ "adress": "mqtt://127.0.0.1:1" }"""),
            ("b4", """{ "address": "mqtt://10.0.0.4:1883" }"""),
            ("b1", """{ "partition": 3 }""")
        );
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            file,
            ConfigurationText.Sub.With(
                $$"""
                {
                  "Mqtt": { "Brokers": [ { "Name": "b1", "Address": "mqtt://localhost:{{broker.Port}}" } ],
                            "Announced": { "Allow": [ "127.0.0.1:*" ] } },
                  "Kafka": { "BootstrapServers": "{{kafka.BootstrapServers}}" },
                  "Directory": "Kafka",
                  "ZooKeeper": { "ConnectionString": "127.0.0.1:{{ensemble.Port}}/kalinka" }
                }
                """
            )
        );

        var ended = await Executable.RunAsync(Executable.Sub, "check", "--config", file, "--connect");
        File.Delete(file);

        Assert.That(ended.ExitCode, Is.EqualTo(2), ended.Output + ended.Error);
        Assert.That(ended.Output, Does.Contain($"b2 (mqtt://127.0.0.1:{broker.Port}): ok, grants"));
        Assert.That(ended.Output, Does.Contain("/brokers/b3: failed, has no 'address', but 'adress'; did you mean"));
        Assert.That(ended.Output, Does.Contain("which Mqtt:Announced:Allow does not allow"));
        Assert.That(
            ended.Output.Split('\n').Count(line => line.Contains("broker b1", StringComparison.Ordinal)),
            Is.LessThanOrEqualTo(2)
        );
        Assert.That(ended.Output, Does.Not.Contain("/clients"));
    }

    private static async Task AnnounceAsync(int port, params (string Name, string Data)[] brokers)
    {
        var options = new ZooKeeperOptions(
            $"127.0.0.1:{port}/kalinka",
            TimeSpan.FromSeconds(6),
            null,
            null,
            "/clients",
            true
        );
        await using var client = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        client.Start();
        foreach (var (name, data) in brokers)
        {
            await client.EnsurePathAsync($"/brokers/{name}");
            await client.SetDataAsync($"/brokers/{name}", Encoding.UTF8.GetBytes(data), -1);
        }
    }
}
