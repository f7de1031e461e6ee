using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Kalinka.Common.Kafka;

/// <summary>Creates topics with the cluster's default number of partitions and replicas.</summary>
internal static class TopicCreator
{
    private const int ClusterDefault = -1;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>An error per topic; one that exists already is none.</summary>
    public static async Task<IReadOnlyList<string>> CreateAsync(
        IEnumerable<KeyValuePair<string, string>> properties,
        IReadOnlyCollection<string> names
    )
    {
        using var admin = new AdminClientBuilder(properties)
            .SetErrorHandler((_, _) => { })
            .SetLogHandler((_, _) => { })
            .Build();
        try
        {
            await admin.CreateTopicsAsync(
                names.Select(Specification),
                new CreateTopicsOptions { RequestTimeout = Timeout, OperationTimeout = Timeout }
            );
            return [];
        }
        catch (CreateTopicsException failures)
        {
            return
            [
                .. failures
                    .Results.Where(result => result.Error.IsError && result.Error.Code != ErrorCode.TopicAlreadyExists)
                    .Select(result => $"{result.Topic}: {result.Error.Reason}"),
            ];
        }
        catch (KafkaException failure)
        {
            return [.. names.Select(name => $"{name}: {failure.Error.Reason}")];
        }
    }

    private static TopicSpecification Specification(string name) =>
        new()
        {
            Name = name,
            NumPartitions = ClusterDefault,
            ReplicationFactor = ClusterDefault,
        };
}
