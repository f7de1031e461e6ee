using Kalinka.Tests.Common.Directory;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Kafka;

internal sealed class TopicOutageTests : DirectoryOutageContract
{
    private KafkaServer _server = null!;

    [SetUp]
    public async Task Start() => _server = await KafkaServer.StartAsync(autoCreateTopics: false);

    [TearDown]
    public async Task Stop() => await _server.DisposeAsync();

    protected override DirectoryHarness NewHarness() => new TopicHarness(_server);

    protected override Task KillServersAsync() => _server.KillAsync();

    protected override Task RestartServersAsync() => _server.RestartAsync();
}
