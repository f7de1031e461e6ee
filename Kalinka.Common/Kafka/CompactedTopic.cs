using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Kalinka.Common.Kafka;

/// <summary>A topic that keeps the last record of every key for ever: made where it is missing, else looked at.</summary>
public static class CompactedTopic
{
    private const int ClusterDefault = -1;
    private const string Policy = "cleanup.policy";
    private const string Compact = "compact";
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
        using var admin = TopicFacts.Connect(options, clientId);
        try
        {
            if (TopicFacts.PartitionsOf(admin, kafkaTopic) == 0)
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
        using var admin = TopicFacts.Connect(options, clientId);
        try
        {
            return TopicFacts.PartitionsOf(admin, kafkaTopic) > 0
                ? (true, await ProblemAsync(admin, kafkaTopic))
                : (false, null);
        }
        catch (KafkaException failure)
        {
            return (false, failure.Error.Reason);
        }
    }

    private static async Task CreateAsync(IAdminClient admin, string kafkaTopic, TimeSpan compactionLag)
    {
        var topic = new TopicSpecification
        {
            Name = kafkaTopic,
            NumPartitions = ClusterDefault,
            ReplicationFactor = ClusterDefault,
            Configs = new Dictionary<string, string>
            {
                [Policy] = Compact,
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
        var settings = await TopicFacts.SettingsAsync(admin, kafkaTopic);
        return settings.GetValueOrDefault(Policy, Compact) is var policy && policy == Compact
            ? null
            : $"its {Policy} is {policy} and must be {Compact}, or entries get lost";
    }
}
