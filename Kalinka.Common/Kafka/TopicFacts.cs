using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Kalinka.Common.Kafka;

/// <summary>What the cluster says of a topic.</summary>
/// <param name="Settings">By Kafka's names; empty where they may not be looked at.</param>
public sealed record TopicFacts(int Partitions, IReadOnlyDictionary<string, string> Settings)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Looks at the topic and makes nothing. Blocks while the cluster does not answer, for 3 s.</summary>
    /// <returns>Null for no such topic.</returns>
    /// <exception cref="KafkaFailureException">The cluster did not answer.</exception>
    public static async Task<TopicFacts?> ReadAsync(KafkaOptions options, string clientId, string kafkaTopic)
    {
        using var admin = Connect(options, clientId);
        try
        {
            return PartitionsOf(admin, kafkaTopic) is var partitions and > 0
                ? new TopicFacts(partitions, await SettingsAsync(admin, kafkaTopic))
                : null;
        }
        catch (KafkaException failure)
        {
            throw new KafkaFailureException(failure.Error.Reason, failure);
        }
    }

    internal static IAdminClient Connect(KafkaOptions options, string clientId) =>
        new AdminClientBuilder(ProducerProperties.Of(options, clientId))
            .SetErrorHandler((_, _) => { })
            .SetLogHandler((_, _) => { })
            .Build();

    /// <summary>0 for no such topic. Blocks.</summary>
    internal static int PartitionsOf(IAdminClient admin, string kafkaTopic) =>
        admin.GetMetadata(Patience).Topics.Find(topic => topic.Topic == kafkaTopic)?.Partitions.Count ?? 0;

    internal static async Task<IReadOnlyDictionary<string, string>> SettingsAsync(IAdminClient admin, string kafkaTopic)
    {
        try
        {
            var results = await admin.DescribeConfigsAsync([
                new ConfigResource { Type = ResourceType.Topic, Name = kafkaTopic },
            ]);
            return results[0].Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Value);
        }
        catch (DescribeConfigsException failure)
            when (failure.Results.Exists(result => result.Error.Code == ErrorCode.TopicAuthorizationFailed))
        {
            // Whoever may not look has to believe.
            return new Dictionary<string, string>();
        }
    }
}
