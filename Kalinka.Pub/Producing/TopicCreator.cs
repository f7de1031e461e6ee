using Kalinka.Common.Kafka;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Producing;

/// <summary>Creates, at the start, the topics that the rules name and that are missing.</summary>
internal sealed class TopicCreator(
    ITopicCatalog catalog,
    IReadOnlyCollection<string> kafkaTopics,
    TimeProvider time,
    ILogger<TopicCreator> logger
)
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(5);

    /// <summary>Every topic of the rules exists, or creating them is not our task.</summary>
    public bool Done { get; private set; } = kafkaTopics.Count == 0;

    /// <summary>What Kafka said last; null when nothing went wrong.</summary>
    public string? LastError { get; private set; }

    /// <summary>Tries until all are there, or cancelled.</summary>
    public async Task EnsureAsync(CancellationToken stopping)
    {
        await catalog.Loaded.WaitAsync(stopping);
        while (!Done)
        {
            var errors = await catalog.CreateMissingAsync(kafkaTopics, stopping);
            if (errors.Count == 0)
            {
                LastError = null;
                Done = true;
                return;
            }

            Complain(errors[0]);
            await Task.Delay(TryAgain, time, stopping);
        }
    }

    private void Complain(string error)
    {
        if (LastError != error)
        {
            logger.LogWarning("Topics could not be created: {Reason}", error);
        }

        LastError = error;
    }
}
