using Kalinka.Tests.Common.Directory;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.ZooKeeper;

internal sealed class ZnodeOutageTests : DirectoryOutageContract
{
    private ZooKeeperServer _server = null!;

    [SetUp]
    public async Task Start() => _server = await ZooKeeperServer.StartAsync();

    [TearDown]
    public async Task Stop() => await _server.DisposeAsync();

    protected override DirectoryHarness NewHarness() => new ZnodeHarness(_server.ConnectionString);

    protected override Task KillServersAsync() => _server.KillAsync();

    protected override Task RestartServersAsync() => _server.RestartAsync();
}
