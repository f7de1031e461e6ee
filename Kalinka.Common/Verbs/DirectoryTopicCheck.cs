using Kalinka.Common.Kafka;

namespace Kalinka.Common.Verbs;

/// <summary>Looks at the topic that is the directory; makes nothing.</summary>
internal static class DirectoryTopicCheck
{
    public static async Task<ServerAnswer> TryAsync(KafkaOptions options, string clientId, string kafkaTopic)
    {
        // The look blocks while Kafka is away.
        var (exists, problem) = await Task.Run(() => CompactedTopic.ExamineAsync(options, clientId, kafkaTopic));
        return new ServerAnswer(
            $"directory's topic {kafkaTopic}",
            problem is null,
            problem ?? (exists ? "is there" : "is not there yet")
        );
    }
}
