using System.Text;
using System.Text.Json;
using Kalinka.Common.Directory;
using Kalinka.Common.ZooKeeper;
using Kalinka.Tests.Common.Verbs;

namespace Kalinka.Tests.Sub.Verbs;

internal sealed class WhereVerbTests : EnsembleFixture
{
    [Test]
    public async Task The_broker_and_what_is_known_of_a_client_are_told_with_the_znode()
    {
        var znode = await WriteAsync("d/1", "b1\n{\"since\":1}");

        var ended = await Executable.RunAsync(Executable.Sub, "where", "d/1", "--config", _file, "--json");

        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
        var json = JsonDocument.Parse(ended.Output).RootElement;
        Assert.That(json.GetProperty("client").GetString(), Is.EqualTo("d/1"));
        Assert.That(json.GetProperty("broker").GetString(), Is.EqualTo("b1"));
        Assert.That(json.GetProperty("details").GetProperty("since").GetInt32(), Is.EqualTo(1));
        Assert.That(json.GetProperty("znode").GetString(), Is.EqualTo(znode));
        Assert.That(json.GetProperty("configured").GetBoolean(), Is.True);
    }

    [Test]
    public async Task A_broker_that_is_not_configured_is_remarked_upon()
    {
        await WriteAsync("d1", "b9\nseen by hand");

        var ended = await Executable.RunAsync(Executable.Sub, "where", "d1", "--config", _file);

        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
        Assert.That(ended.Output, Does.Contain("b9, which is not among the configured ones"));
        Assert.That(ended.Output, Does.Contain("seen by hand"));
    }

    [Test]
    public async Task A_client_without_a_znode_is_unknown_and_ends_with_1()
    {
        var ended = await Executable.RunAsync(Executable.Sub, "where", "nobody", "--config", _file);

        Assert.That(ended.ExitCode, Is.EqualTo(1), ended.Error);
        Assert.That(ended.Output, Does.Contain("broker  unknown"));
    }

    [Test]
    public async Task An_ensemble_that_is_away_is_an_error_within_a_time_limit_and_ends_with_2()
    {
        Configure(port: 1);

        var ended = await Executable.RunAsync(Executable.Sub, "where", "d1", "--config", _file);

        Assert.That(ended.ExitCode, Is.EqualTo(2));
        Assert.That(ended.Error, Does.StartWith("error: ZooKeeper 127.0.0.1:1").And.Not.Contain("   at "));
    }

    private async Task<string> WriteAsync(string clientId, string data)
    {
        var options = Ensemble();
        var paths = new ClientPath(options.ClientsPath, options.Shards);
        Assert.That(paths.TryMap(Encoding.UTF8.GetBytes(clientId), out var path, out _), Is.True);
        await using var client = Client();
        await client.EnsurePathAsync(path![..path!.LastIndexOf('/')]);
        await client.CreateAsync(path, Encoding.UTF8.GetBytes(data), CreateMode.Persistent);
        return path;
    }
}
