using Kalinka.Common.Directory;

namespace Kalinka.Pub.Presence;

/// <summary>
/// A message from a client on a broker says where the client is. What is already in the directory costs one look-up; what is
/// not waits to be written.
/// </summary>
/// <param name="broker">Where the messages come from.</param>
/// <param name="reader">What is known of this broker otherwise; null when nothing is.</param>
/// <param name="isSource">False: messages write nothing, but they may show that a client is back after a restart.</param>
internal sealed class TrafficPresence(
    string broker,
    BrokerReader? reader,
    bool isSource,
    ILocationDirectory directory,
    PendingSightings pending,
    CreationLimits limits,
    PresenceCounters counters
)
{
    /// <summary>A message came from this client. On a receive thread: no waiting, no allocation when nothing is new.</summary>
    /// <param name="clientId">UTF-8.</param>
    /// <param name="fresh">
    /// Neither DUP nor retained, and the broker did not queue it: only such a message moves a client from another broker.
    /// </param>
    /// <param name="now">Unix milliseconds.</param>
    public void Seen(ReadOnlySpan<byte> clientId, bool fresh, long now)
    {
        reader?.NoteTraffic(clientId, fresh);
        if (!isSource)
        {
            return;
        }

        if (clientId.Length > ClientPath.LongestName)
        {
            Interlocked.Increment(ref counters.Unplaceable);
            return;
        }

        var known = directory.Find(clientId);
        if (!EntryRules.IsNews(known, broker, fresh, now))
        {
            return;
        }

        // Without this every message of a client that is not let in would cost a read.
        if (known.State == LocationState.Absent && !limits.HasRoom(broker))
        {
            Interlocked.Increment(ref counters.Capped);
            return;
        }

        pending.Add(clientId, new Sighting(SightingKind.Traffic, broker, fresh, now));
    }
}
