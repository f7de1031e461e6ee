using System.Net;
using System.Text;
using System.Text.Json;
using Kalinka.Common.ZooKeeper;
using Kalinka.QuickStart.ZooKeeper;
using Kalinka.Tests.Common.Configuration;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Common.Verbs;

/// <summary><c>retire</c> of both daemons, with instances that the test plays.</summary>
internal sealed class RetireVerbTests
{
    private const string Done = """
        {"version":"1","configuration":"","kafkaReachable":true,"brokersReached":[],"brokersRetired":["b1"]}
        """;
    private const string Busy = """{"version":"1","configuration":"","kafkaReachable":true,"brokersReached":["b1"]}""";

    private MemoryZooKeeper _ensemble = null!;
    private ZooKeeperClient _client = null!;
    private DirectoryInfo _folder = null!;

    [SetUp]
    public void Start()
    {
        _folder = System.IO.Directory.CreateTempSubdirectory("kalinka-retire-");
        _ensemble = MemoryZooKeeper.Start(IPAddress.Loopback, 0);
        var servers = $"127.0.0.1:{_ensemble.Port}/kalinka";
        var options = new ZooKeeperOptions(servers, TimeSpan.FromSeconds(6), null, null, "/clients", true);
        _client = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        _client.Start();
    }

    [TearDown]
    public async Task Stop()
    {
        await _client.DisposeAsync();
        await _ensemble.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [TestCase(Executable.Pub, ConfigurationText.Pub)]
    [TestCase(Executable.Sub, ConfigurationText.Sub)]
    public async Task A_broker_that_nobody_uses_any_more_can_be_switched_off(string daemon, string text)
    {
        await PutAsync("/brokers/b1", """{"partition":3}""");
        await PutAsync("/instances/kalinka-pub/i1", Done);
        await PutAsync("/instances/kalinka-sub/i1", Done);

        var ended = await RetireAsync(daemon, text, "b1");

        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
        Assert.That(ended.Output, Does.Contain("b1 can be switched off: 2 instances are done with it"));
        Assert.That(await ReadAsync("/brokers/b1"), Is.EqualTo("""{"partition":3,"state":"retired"}"""));

        ended = await RetireAsync(daemon, text, "b1", "--undo");
        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
        Assert.That(ended.Output, Does.Contain("b1 is back in service"));
        Assert.That(await ReadAsync("/brokers/b1"), Is.EqualTo("""{"partition":3}"""));
    }

    [Test]
    public async Task What_it_waits_for_is_told_and_the_end_of_the_wait_is_1()
    {
        await PutAsync("/instances/kalinka-sub/i1", Busy);
        await PutAsync("/instances/kalinka-sub/i2", Done);
        await PutAsync("/seats/b1/0", "i1");
        await PutAsync("/sessions/b1/kalinka-pub-b1-0", "{}");

        var ended = await RetireAsync(Executable.Sub, ConfigurationText.Sub, "b1", "--wait", "00:00:01");

        Assert.That(ended.ExitCode, Is.EqualTo(1), ended.Error);
        Assert.That(
            ended.Output,
            Does.Contain("1 of 2 instances are not done with it: kalinka-sub i1; 1 seats are held; 1 MQTT sessions")
                .And.Contain("no kalinka-pub is there to do it")
                .And.Contain("b1 cannot be switched off yet")
        );
    }

    [Test]
    public async Task It_ends_as_soon_as_the_last_instance_is_done()
    {
        await PutAsync("/instances/kalinka-sub/i1", Busy);
        var retiring = RetireAsync(Executable.Sub, ConfigurationText.Sub, "b1", "--json");
        await Eventually.That(
            () => _client.ExistsAsync("/brokers/b1").GetAwaiter().GetResult() is not null,
            TimeSpan.FromSeconds(30),
            "the mark"
        );

        await PutAsync("/instances/kalinka-sub/i1", Done);
        var ended = await retiring;
        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
        var json = JsonElement.Parse(ended.Output);
        Assert.That(json.GetProperty("broker").GetString(), Is.EqualTo("b1"));
        Assert.That(json.GetProperty("safe").GetBoolean());
        Assert.That(json.GetProperty("instances")[0].GetProperty("done").GetBoolean());
    }

    [Test]
    public async Task Nobody_retires_what_he_did_not_mean()
    {
        await PutAsync("/brokers/berlin", """{ "address": "mqtt://h" }""");

        var ended = await RetireAsync(Executable.Pub, ConfigurationText.Pub, "belrin");

        Assert.That(ended.ExitCode, Is.EqualTo(2));
        Assert.That(ended.Error, Does.Contain("no broker belrin").And.Contain("did you mean berlin?"));
        Assert.That(await _client.ExistsAsync("/brokers/belrin"), Is.Null);
    }

    [Test]
    public async Task A_znode_that_is_no_json_is_left_alone()
    {
        await PutAsync("/brokers/b1", "by hand");

        var ended = await RetireAsync(Executable.Pub, ConfigurationText.Pub, "b1");

        Assert.That(ended.ExitCode, Is.EqualTo(2));
        Assert.That(ended.Error, Is.EqualTo("error: /brokers/b1 holds no JSON object: mend it, or delete it\n"));
    }

    [Test]
    public async Task Without_ZooKeeper_there_is_nobody_to_tell()
    {
        var file = Path.Combine(_folder.FullName, "config.json");
        await File.WriteAllTextAsync(file, ConfigurationText.Pub.With("""{ "ZooKeeper": null }"""));

        var ended = await Executable.RunAsync(Executable.Pub, "retire", "b1", "--config", file);

        Assert.That(ended.ExitCode, Is.EqualTo(2));
        Assert.That(ended.Error, Does.Contain("error: the configuration names no ZooKeeper"));
    }

    private async Task<Ended> RetireAsync(string daemon, string text, params string[] arguments)
    {
        var file = Path.Combine(_folder.FullName, "config.json");
        var zooKeeper = $$"""{ "ZooKeeper": { "ConnectionString": "127.0.0.1:{{_ensemble.Port}}/kalinka" } }""";
        await File.WriteAllTextAsync(file, text.With(zooKeeper));
        return await Executable.RunAsync(daemon, ["retire", "--config", file, .. arguments]);
    }

    private async Task PutAsync(string path, string data)
    {
        await _client.EnsurePathAsync(path);
        await _client.SetDataAsync(path, Encoding.UTF8.GetBytes(data), -1);
    }

    private async Task<string> ReadAsync(string path) =>
        Encoding.UTF8.GetString((await _client.GetDataAsync(path)).Data);
}
