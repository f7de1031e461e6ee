using Kalinka.Common.Directory;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Presence;

/// <summary>
/// Removes the entries of clients that left longer ago than <c>KeepOffline</c>: slowly, each on the version that was seen, by
/// one instance at a time. Two at once would do no harm.
/// </summary>
internal sealed class Sweeper(
    ILocationDirectory directory,
    Func<CancellationToken, Task<bool>> isElected,
    PresenceCounters counters,
    TimeSpan keepOffline,
    TimeProvider time,
    ILogger<Sweeper> logger
)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>Between two pieces of some hundreds of entries: a million takes minutes, and nobody notices.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Between two rounds: a tenth of <c>KeepOffline</c>, a second to an hour.</summary>
    public TimeSpan Interval { get; } =
        TimeSpan.FromTicks(Math.Clamp(keepOffline.Ticks / 10, Shortest.Ticks, Longest.Ticks));

    /// <summary>Sweeps in rounds, until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            try
            {
                if (await isElected(stopping))
                {
                    await SweepAsync(stopping);
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                logger.LogWarning("The directory was not swept: {Reason}", exception.Message);
            }
        }
    }

    private async Task SweepAsync(CancellationToken stopping)
    {
        var swept = 0L;
        await foreach (var entries in directory.EntriesAsync(stopping))
        {
            List<LocationChange> past = [.. entries.Where(IsPast).Select(Removal)];
            if (past.Count > 0)
            {
                var outcomes = await directory.ChangeAsync(past, stopping);
                swept += outcomes.Count(outcome => outcome == ChangeOutcome.Done);
            }

            await Task.Delay(Pause, time, stopping);
        }

        if (swept > 0)
        {
            Interlocked.Add(ref counters.Swept, swept);
            logger.LogInformation(
                "{Count} clients that left more than {KeepOffline} ago were removed",
                swept,
                keepOffline
            );
        }
    }

    private bool IsPast(LocationEntry entry)
    {
        var since = entry.Location.Details.OfflineSince;
        return since != 0 && time.GetUtcNow().ToUnixTimeMilliseconds() - since > (long)keepOffline.TotalMilliseconds;
    }

    private static LocationChange Removal(LocationEntry entry) => LocationChange.Remove(entry.ClientId, entry.Location);
}
