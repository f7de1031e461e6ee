using Kalinka.Common.Kafka;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Producing;

/// <summary>The topics that the rules name, and the dead-letter topic: created at the start where they are missing.</summary>
/// <param name="kafkaTopics">Empty when creating them is not our task.</param>
internal sealed class RuleTopics(
    ITopicCatalog catalog,
    IReadOnlyCollection<string> kafkaTopics,
    TimeProvider time,
    ILogger<RuleTopics> logger
)
{
    // A cluster that has just come up refuses what it will do a moment later.
    private const int PatientAttempts = 3;

    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource _prepared = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _lastError;

    /// <summary>
    /// Completes when all exist, or when Kafka has refused some so often that messages for them are better dead letters
    /// than a seat that waits.
    /// </summary>
    public Task Prepared => _prepared.Task;

    /// <summary>What Kafka said last; null when nothing went wrong.</summary>
    public string? LastError => _lastError;

    /// <summary>Tries until all are there, or cancelled.</summary>
    public async Task EnsureAsync(CancellationToken stopping)
    {
        await catalog.Loaded.WaitAsync(stopping);
        for (var attempt = 1; !await TryCreateAsync(stopping); attempt++)
        {
            if (attempt == PatientAttempts)
            {
                _prepared.TrySetResult();
            }

            await Task.Delay(TryAgain, time, stopping);
        }

        _prepared.TrySetResult();
    }

    private async Task<bool> TryCreateAsync(CancellationToken stopping)
    {
        var errors = await catalog.CreateMissingAsync(kafkaTopics, stopping);
        var error = errors.Count > 0 ? errors[0] : null;
        if (error is not null && error != _lastError)
        {
            logger.LogWarning("Topics could not be created: {Reason}", error);
        }

        _lastError = error;
        return error is null;
    }
}
