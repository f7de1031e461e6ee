using Kalinka.Common.Kafka;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Common.Verbs;

/// <summary>Asks the cluster for its metadata, with the properties that the daemon would use.</summary>
internal static class KafkaCheck
{
    public static async Task<ServerAnswer> TryAsync(
        KafkaOptions options,
        string clientId,
        CancellationToken cancellationToken
    )
    {
        var server = $"kafka {options.BootstrapServers}";
        try
        {
            using var producer = new RecordProducer(options, clientId, new NoReports(), NullLogger.Instance);
            using var catalog = new TopicCatalog(producer, options, clientId, NullLogger.Instance);
            try
            {
                await catalog.Loaded.WaitAsync(ServerCheck.Patience, cancellationToken);
                return new ServerAnswer(server, true, "answers");
            }
            catch (TimeoutException)
            {
                return new ServerAnswer(server, false, producer.LastError ?? "no answer");
            }
        }
        catch (KafkaFailureException failure)
        {
            return new ServerAnswer(server, false, failure.Message);
        }
    }

    /// <summary>Nothing is produced.</summary>
    private sealed class NoReports : IDeliveryReports
    {
        public void OnDelivered(ReadOnlySpan<long> tokens) { }

        public void OnFailed(long token, RecordError error, string description, in FailedRecord failed) { }

        public void OnFatal(string description) { }
    }
}
