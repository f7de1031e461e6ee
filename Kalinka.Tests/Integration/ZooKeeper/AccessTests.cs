using Kalinka.Common.ZooKeeper;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Integration.ZooKeeper;

/// <summary>Credentials and access lists, which only a real server enforces.</summary>
internal sealed class AccessTests
{
    private ZooKeeperServer _server = null!;

    [OneTimeSetUp]
    public async Task Start() => _server = await ZooKeeperServer.StartAsync();

    [OneTimeTearDown]
    public async Task Stop() => await _server.DisposeAsync();

    [Test]
    public async Task Only_who_has_the_credentials_reads_a_protected_znode()
    {
        await using var owner = Connect(_server.Options(auth: "kalinka:secret"));
        await using var stranger = Connect(_server.Options());
        await using var liar = Connect(_server.Options(auth: "kalinka:guess"));
        await owner.CreateAsync("/protected", "x"u8.ToArray(), CreateMode.Persistent, Acl.Creator);

        Assert.That((await owner.GetDataAsync("/protected")).Data, Is.EqualTo("x"u8.ToArray()));
        Assert.That(await Refusal(stranger), Is.EqualTo(KeeperCode.NoAuth));
        Assert.That(await Refusal(liar), Is.EqualTo(KeeperCode.NoAuth));
    }

    [Test]
    public async Task Credentials_are_given_again_with_every_connection()
    {
        await using var owner = Connect(_server.Options(auth: "kalinka:secret"));
        await owner.CreateAsync("/again", default, CreateMode.Persistent, Acl.Creator);
        await _server.RestartAsync();

        var stat = await TransientFailures.OutlastAsync(
            token => owner.SetDataAsync("/again", "y"u8.ToArray(), -1, token),
            TimeProvider.System,
            default
        );
        Assert.That(stat.Version, Is.EqualTo(1));
    }

    private static async Task<KeeperCode> Refusal(ZooKeeperClient client)
    {
        var refusal = await Assert.ThrowsAsync<ZooKeeperException>(() => client.GetDataAsync("/protected"));
        return refusal!.Code;
    }

    private static ZooKeeperClient Connect(ZooKeeperOptions options)
    {
        var client = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        client.Start();
        return client;
    }
}
