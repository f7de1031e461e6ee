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
        using var admin = Admin(properties);
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

    /// <summary>Creates one topic; null when it is there now, be it that another was faster.</summary>
    public static async Task<string?> CreateAsync(
        IEnumerable<KeyValuePair<string, string>> properties,
        string name,
        int partitions,
        IReadOnlyDictionary<string, string> settings
    )
    {
        var topic = new TopicSpecification
        {
            Name = name,
            NumPartitions = partitions,
            ReplicationFactor = ClusterDefault,
            Configs = settings.ToDictionary(),
        };
        using var admin = Admin(properties);
        try
        {
            await admin.CreateTopicsAsync([topic], new CreateTopicsOptions { RequestTimeout = Timeout });
            return null;
        }
        catch (CreateTopicsException failures)
        {
            var error = failures.Results[0].Error;
            return error.Code == ErrorCode.TopicAlreadyExists ? null : $"{name}: {error.Reason}";
        }
        catch (KafkaException failure)
        {
            return $"{name}: {failure.Error.Reason}";
        }
    }

    /// <summary>Adds partitions; null when there are so many now, be it that another was faster.</summary>
    public static async Task<string?> GrowAsync(
        IEnumerable<KeyValuePair<string, string>> properties,
        string name,
        int partitions
    )
    {
        var wanted = new PartitionsSpecification { Topic = name, IncreaseTo = partitions };
        using var admin = Admin(properties);
        try
        {
            await admin.CreatePartitionsAsync([wanted], new CreatePartitionsOptions { RequestTimeout = Timeout });
            return null;
        }
        catch (CreatePartitionsException failures)
        {
            // "Topic already has n partitions": another was faster, which the catalog will show.
            var error = failures.Results[0].Error;
            return error.Code == ErrorCode.InvalidPartitions ? null : $"{name}: {error.Reason}";
        }
        catch (KafkaException failure)
        {
            return $"{name}: {failure.Error.Reason}";
        }
    }

    private static IAdminClient Admin(IEnumerable<KeyValuePair<string, string>> properties) =>
        new AdminClientBuilder(properties).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();

    private static TopicSpecification Specification(string name) =>
        new()
        {
            Name = name,
            NumPartitions = ClusterDefault,
            ReplicationFactor = ClusterDefault,
        };
}
