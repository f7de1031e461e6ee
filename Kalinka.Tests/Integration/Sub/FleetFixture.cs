using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Sub;

/// <summary>Tests of the delivery topic that share one fleet of brokers, with a real Kafka.</summary>
/// <param name="brokers">How many there are.</param>
internal abstract class FleetFixture(int brokers)
{
    private protected Fleet _fleet = null!;

    [OneTimeSetUp]
    public async Task StartServers()
    {
        if (!KafkaServer.IsReal)
        {
            Assert.Ignore("These tests make topics with partitions of their own");
        }

        _fleet = await Fleet.StartAsync(brokers);
    }

    [OneTimeTearDown]
    public async Task StopServers() => await (_fleet?.DisposeAsync() ?? ValueTask.CompletedTask);
}
