using System.Net;
using System.Text;
using Kalinka.Common.ZooKeeper;
using Kalinka.QuickStart.ZooKeeper;
using Kalinka.Tests.Common.Configuration;
using Kalinka.Tests.Common.Verbs;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Sub.Verbs;

internal sealed class HoldVerbTests
{
    private MemoryZooKeeper _ensemble = null!;
    private string _file = "";

    [SetUp]
    public void Start()
    {
        _ensemble = MemoryZooKeeper.Start(IPAddress.Loopback, 0);
        _file = Path.GetTempFileName();
        File.WriteAllText(
            _file,
            ConfigurationText.Sub.With(
                $$"""{ "ZooKeeper": { "ConnectionString": "127.0.0.1:{{_ensemble.Port}}/kalinka" } }"""
            )
        );
    }

    [TearDown]
    public async Task Stop()
    {
        await _ensemble.DisposeAsync();
        File.Delete(_file);
    }

    [Test]
    public async Task A_broker_is_marked_and_released_and_what_else_its_znode_says_stays()
    {
        await WriteAsync("b1", """{"partition":3,"rack":"r1"}""");
        var held = await Executable.RunAsync(Executable.Sub, "hold", "b1", "--config", _file);
        Assert.That(held.ExitCode, Is.Zero, held.Error);
        Assert.That(await ReadAsync("b1"), Is.EqualTo("""{"partition":3,"rack":"r1","held":true}"""));

        var released = await Executable.RunAsync(Executable.Sub, "release", "b1", "--config", _file);
        Assert.That(released.ExitCode, Is.Zero, released.Error);
        Assert.That(await ReadAsync("b1"), Is.EqualTo("""{"partition":3,"rack":"r1"}"""));
    }

    [Test]
    public async Task A_name_that_is_no_brokers_is_a_mistake()
    {
        var ended = await Executable.RunAsync(Executable.Sub, "hold", "b77", "--config", _file);
        Assert.That(ended.ExitCode, Is.EqualTo(2));
        Assert.That(ended.Error, Does.Contain("no broker b77"));
    }

    private async Task WriteAsync(string broker, string data)
    {
        await using var client = Client();
        await client.EnsurePathAsync($"/brokers/{broker}");
        await client.SetDataAsync($"/brokers/{broker}", Encoding.UTF8.GetBytes(data), -1);
    }

    private async Task<string> ReadAsync(string broker)
    {
        await using var client = Client();
        return Encoding.UTF8.GetString((await client.GetDataAsync($"/brokers/{broker}")).Data);
    }

    private ZooKeeperClient Client()
    {
        var options = new ZooKeeperOptions(
            $"127.0.0.1:{_ensemble.Port}/kalinka",
            TimeSpan.FromSeconds(10),
            null,
            null,
            "/clients",
            true
        );
        var client = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        client.Start();
        return client;
    }
}
