using Kalinka.Common.ZooKeeper;
using Kalinka.Tests.Common.Directory;
using Kalinka.Tests.Common.ZooKeeper;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.ZooKeeper;

/// <summary>The directory's contract on an ensemble of three.</summary>
internal sealed class EnsembleDirectoryTests : ZnodeDirectoryContract
{
    private ZooKeeperServer _ensemble = null!;

    protected override string Servers => _ensemble.ConnectionString;

    [OneTimeSetUp]
    public async Task StartEnsemble() => _ensemble = await ZooKeeperServer.StartAsync(servers: 3);

    [OneTimeTearDown]
    public async Task StopEnsemble() => await _ensemble.DisposeAsync();

    protected override async Task CutAsync(ZooKeeperClient client)
    {
        await using var thief = await ForeignConnection.TakeOverAsync(client);
    }
}
