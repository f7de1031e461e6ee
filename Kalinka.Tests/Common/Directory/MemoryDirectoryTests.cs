using System.Net;
using Kalinka.Common.ZooKeeper;
using Kalinka.QuickStart.ZooKeeper;

namespace Kalinka.Tests.Common.Directory;

internal sealed class MemoryDirectoryTests : ZnodeDirectoryContract
{
    private MemoryZooKeeper _server = null!;

    protected override string Servers => $"127.0.0.1:{_server.Port}";

    [OneTimeSetUp]
    public void StartServer() => _server = MemoryZooKeeper.Start(IPAddress.Loopback, 0);

    [OneTimeTearDown]
    public async Task StopServer() => await _server.DisposeAsync();

    protected override Task CutAsync(ZooKeeperClient client)
    {
        _server.DropConnections();
        return Task.CompletedTask;
    }
}
