using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Common.Mqtt;

/// <summary>The tests of a fixture share one real broker.</summary>
internal abstract class MosquittoTest
{
    protected MosquittoBroker Broker { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => Broker = await MosquittoBroker.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await Broker.DisposeAsync();
}
