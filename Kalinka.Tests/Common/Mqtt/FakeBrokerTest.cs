namespace Kalinka.Tests.Common.Mqtt;

/// <summary>Each test has a broker of its own, which does as it is told.</summary>
internal abstract class FakeBrokerTest
{
    protected FakeBroker Broker { get; private set; } = null!;

    [SetUp]
    public void Listen() => Broker = new FakeBroker();

    [TearDown]
    public async Task StopAsync() => await Broker.DisposeAsync();
}
