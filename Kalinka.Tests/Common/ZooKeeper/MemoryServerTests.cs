using System.Net;
using Kalinka.QuickStart.ZooKeeper;

namespace Kalinka.Tests.Common.ZooKeeper;

/// <summary>The server in memory keeps the same contract as a real one.</summary>
internal sealed class MemoryServerTests : ClientContract
{
    private MemoryZooKeeper _server = null!;

    protected override string Servers => $"127.0.0.1:{_server.Port}";

    [OneTimeSetUp]
    public void StartServer() => _server = MemoryZooKeeper.Start(IPAddress.Loopback, 0);

    [OneTimeTearDown]
    public async Task StopServer() => await _server.DisposeAsync();
}
