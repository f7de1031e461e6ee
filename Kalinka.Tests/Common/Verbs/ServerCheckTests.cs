using System.Net;
using Kalinka.QuickStart.ZooKeeper;
using Kalinka.Tests.Common.Configuration;
using Kalinka.Tests.Stack;

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
    }
}
