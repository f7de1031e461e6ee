using Kalinka.Common.Directory;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Presence;

/// <summary>
/// After a broker's restart every connection is gone, and no goodbye tells it. Whoever has not come back after a grace, by the
/// broker's events or by a message, is marked as gone since then; the broker's name stays, for its session may.
/// </summary>
internal sealed class RestartReview(
    ILocationDirectory directory,
    PresenceCounters counters,
    TimeProvider time,
    ILogger<RestartReview> logger
)
{
    /// <summary>For reconnecting: devices wait a little, all at different lengths.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Settles the last restart of the broker, if its grace is over.</summary>
    public async Task ReviewAsync(BrokerReader reader, CancellationToken stopping)
    {
        var restartedAt = reader.RestartedAt;
        if (restartedAt == 0 || time.GetUtcNow().ToUnixTimeMilliseconds() - restartedAt < (long)Grace.TotalMilliseconds)
        {
            return;
        }

        var marked = 0;
        await foreach (var entries in directory.EntriesAsync(stopping))
        {
            List<LocationChange> gone =
            [
                .. entries.Where(entry => IsGone(entry, reader, restartedAt)).Select(entry => Mark(entry, restartedAt)),
            ];
            if (reader.RestartedAt != restartedAt)
            {
                // Another restart, or another reader: what is known here says nothing any more.
                return;
            }

            if (gone.Count > 0)
            {
                marked += (await directory.ChangeAsync(gone, stopping)).Count(each => each == ChangeOutcome.Done);
            }

            await Task.Delay(Pause, time, stopping);
        }

        Interlocked.Add(ref counters.Marked, marked);
        reader.Settle(restartedAt);
        logger.LogInformation("{Broker}: {Count} clients did not come back after its restart", reader.Broker, marked);
    }

    private static bool IsGone(LocationEntry entry, BrokerReader reader, long restartedAt)
    {
        var (location, details) = (entry.Location, entry.Location.Details);
        return location.Broker == reader.Broker
            && details.OfflineSince == 0
            && Math.Max(details.Since, details.LastSeen) < restartedAt
            && !reader.Connected.Contains(entry.ClientId.Span);
    }

    private static LocationChange Mark(LocationEntry entry, long restartedAt) =>
        LocationChange.Mark(entry.ClientId, entry.Location, entry.Location.Details with { OfflineSince = restartedAt });
}
