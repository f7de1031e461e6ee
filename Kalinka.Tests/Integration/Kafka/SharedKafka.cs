using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Kafka;

/// <summary>One server for the tests of this namespace that do not stop it.</summary>
[SetUpFixture]
internal sealed class SharedKafka
{
    private static int _topics;

    public static KafkaServer Server { get; private set; } = null!;

    /// <summary>A new topic with a name of its own.</summary>
    public static async Task<string> TopicAsync(int partitions = 1, params (string Name, string Value)[] settings)
    {
        var name = $"topic-{Interlocked.Increment(ref _topics)}";
        await Server.CreateTopicAsync(name, partitions, settings.ToDictionary(s => s.Name, s => s.Value));
        return name;
    }

    [OneTimeSetUp]
    public async Task Start()
    {
        TestContext.Progress.WriteLine($"Integration.Kafka runs against {KafkaServer.Describe()}");
        if (!KafkaServer.IsReal)
        {
            Assert.Ignore(
                "These tests create topics, change their settings and need what they write to outlive a crash"
            );
        }

        Server = await KafkaServer.StartAsync(autoCreateTopics: false);
    }

    [OneTimeTearDown]
    public async Task Stop() => await (Server?.DisposeAsync() ?? ValueTask.CompletedTask);
}
