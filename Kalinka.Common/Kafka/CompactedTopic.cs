using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Kalinka.Common.Kafka;

/// <summary>A topic that keeps the last record of every key for ever: made where it is missing, else looked at.</summary>
public static class CompactedTopic
{
    private const int ClusterDefault = -1;
    private const string Policy = "cleanup.policy";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Makes the topic, with the cluster's default number of partitions and replicas, unless it is there or may not be made.
    /// </summary>
    /// <param name="compactionLag">For so long compaction leaves a record alone, so that whoever follows sees them all.</param>
    /// <returns>Why it cannot be used, for a person; null when it can.</returns>
    public static async Task<string?> EnsureAsync(
        KafkaOptions options,
        string clientId,
        string kafkaTopic,
        TimeSpan compactionLag
    )
    {
        using var admin = Connect(options, clientId);
        try
        {
            if (!Exists(admin, kafkaTopic))
            {
                if (options.CreateTopics == TopicCreation.None)
                {
                    return "it does not exist, and may not be made here (Kafka:CreateTopics)";
                }

                await CreateAsync(admin, kafkaTopic, compactionLag);
            }

            return await ProblemAsync(admin, kafkaTopic);
        }
        catch (KafkaException failure)
        {
            return failure.Error.Reason;
        }
    }

    /// <summary>Looks at the topic and makes nothing.</summary>
    /// <returns>Whether it is there, and why it cannot be used, for a person; null when it can.</returns>
    public static async Task<(bool Exists, string? Problem)> ExamineAsync(
        KafkaOptions options,
        string clientId,
        string kafkaTopic
    )
    {
        using var admin = Connect(options, clientId);
        try
        {
            return Exists(admin, kafkaTopic) ? (true, await ProblemAsync(admin, kafkaTopic)) : (false, null);
        }
        catch (KafkaException failure)
        {
            return (false, failure.Error.Reason);
        }
    }

    private static IAdminClient Connect(KafkaOptions options, string clientId) =>
        new AdminClientBuilder(ProducerProperties.Of(options, clientId))
            .SetErrorHandler((_, _) => { })
            .SetLogHandler((_, _) => { })
            .Build();

    private static bool Exists(IAdminClient admin, string kafkaTopic) =>
        admin.GetMetadata(Patience).Topics.Exists(topic => topic.Topic == kafkaTopic);

    private static async Task CreateAsync(IAdminClient admin, string kafkaTopic, TimeSpan compactionLag)
    {
        var topic = new TopicSpecification
        {
            Name = kafkaTopic,
            NumPartitions = ClusterDefault,
            ReplicationFactor = ClusterDefault,
            Configs = new Dictionary<string, string>
            {
                [Policy] = "compact",
                ["min.compaction.lag.ms"] = $"{(long)compactionLag.TotalMilliseconds}",
            },
        };
        try
        {
            await admin.CreateTopicsAsync([topic], new CreateTopicsOptions { OperationTimeout = Patience });
        }
        catch (CreateTopicsException failure)
            when (failure.Results.TrueForAll(result => result.Error.Code == ErrorCode.TopicAlreadyExists))
        {
            // Another instance was faster.
        }
    }

    private static async Task<string?> ProblemAsync(IAdminClient admin, string kafkaTopic)
    {
        try
        {
            var results = await admin.DescribeConfigsAsync([
                new ConfigResource { Type = ResourceType.Topic, Name = kafkaTopic },
            ]);
            var policy = results[0].Entries.TryGetValue(Policy, out var entry) ? entry.Value : "compact";
            return policy == "compact" ? null : $"its {Policy} is {policy} and must be compact, or entries get lost";
        }
        catch (DescribeConfigsException failure)
            when (failure.Results.Exists(result => result.Error.Code == ErrorCode.TopicAuthorizationFailed))
        {
            // Whoever may not look has to believe.
            return null;
        }
    }
}
