namespace Kalinka.Tests.Stack;

/// <summary>The mock cluster in a real server's place.</summary>
internal sealed class KafkaMock : KafkaServer
{
    private readonly MockCluster _cluster = new();

    private KafkaMock() => BootstrapServers = _cluster.BootstrapServers;

    public override string BootstrapServers { get; }

    public static KafkaServer Start() => new KafkaMock();

    public override Task StopAsync()
    {
        _cluster.SetDown();
        return Task.CompletedTask;
    }

    public override Task KillAsync() => StopAsync();

    public override Task RestartAsync()
    {
        _cluster.SetUp();
        return UntilReadyAsync();
    }

    public override Task CreateTopicAsync(
        string name,
        int partitions = 1,
        IReadOnlyDictionary<string, string>? settings = null
    )
    {
        _cluster.CreateTopic(name, partitions);
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        _cluster.Dispose();
        return ValueTask.CompletedTask;
    }
}
