using Kalinka.Common.Directory;

namespace Kalinka.Pub.Presence;

internal enum EntryAction
{
    Nothing,
    Put,
    Mark,
    Remove,
}

/// <param name="Creates">There was no entry before.</param>
internal readonly record struct EntryDecision(
    EntryAction Action,
    LocationDetails Details = default,
    bool Creates = false
);

/// <summary>
/// What becomes of an entry when its client was seen somewhere. Pure; the change it decides on is made only if the entry is
/// still the one that was looked at.
/// </summary>
internal static class EntryRules
{
    /// <summary>How old <c>lastSeen</c> may become before a message renews it.</summary>
    public static readonly TimeSpan Coarse = TimeSpan.FromHours(12);

    /// <param name="seen">Where the client was seen.</param>
    /// <param name="known">What the directory says: present or absent.</param>
    /// <param name="keepOffline">False: a client that left is removed at once.</param>
    public static EntryDecision Decide(in Sighting seen, in Location known, bool keepOffline)
    {
        var keep = keepOffline && !seen.NothingKept;
        return known.State != LocationState.Present || known.Broker is null ? OfNobody(seen, keep)
            : known.Broker == seen.Broker ? OfThisBroker(seen, known.Details, keep)
            : known.Broker != seen.AlsoLeft || seen.Moves ? OfAnother(seen, known.Details, keep)
            : seen.IsHere ? Here(seen, creates: false)
            : OfThisBroker(seen, known.Details, keepOffline);
    }

    /// <summary>
    /// Whether a message of the client may change what is known; on the hot path, so that most messages end here.
    /// </summary>
    public static bool IsNews(in Location known, string broker, bool fresh, long now) =>
        known.State != LocationState.Present
        || known.Broker is null
        || (fresh && (known.Broker != broker || known.Details.OfflineSince != 0 || IsOld(known.Details, now)));

    private static EntryDecision OfNobody(in Sighting seen, bool keepOffline) =>
        seen.Kind switch
        {
            SightingKind.Traffic or SightingKind.Came or SightingKind.Claim => Here(seen, creates: true),
            SightingKind.Passed when keepOffline => Gone(seen, creates: true),
            _ => default,
        };

    private static EntryDecision OfThisBroker(in Sighting seen, in LocationDetails details, bool keepOffline)
    {
        var marked = details.OfflineSince != 0;
        return seen.Kind switch
        {
            // What a broker had queued may be older than the goodbye.
            SightingKind.Traffic when !seen.Fresh => default,
            SightingKind.Traffic or SightingKind.Came or SightingKind.Claim when marked => new EntryDecision(
                EntryAction.Mark,
                new LocationDetails(Since: seen.At)
            ),
            SightingKind.Traffic when IsOld(details, seen.At) => new EntryDecision(
                EntryAction.Mark,
                details with
                {
                    LastSeen = seen.At,
                }
            ),
            SightingKind.Left or SightingKind.Passed when !keepOffline => new EntryDecision(EntryAction.Remove),
            SightingKind.Left when marked => default,
            SightingKind.Left or SightingKind.Passed => new EntryDecision(
                EntryAction.Mark,
                details with
                {
                    OfflineSince = seen.At,
                }
            ),
            SightingKind.Ended when marked => new EntryDecision(EntryAction.Remove),
            _ => default,
        };
    }

    // A goodbye says nothing about a client that is elsewhere by now.
    private static EntryDecision OfAnother(in Sighting seen, in LocationDetails details, bool keepOffline) =>
        seen.Kind switch
        {
            SightingKind.Traffic or SightingKind.Came when seen.Fresh => Here(seen, creates: false),
            SightingKind.Passed when seen.Fresh => keepOffline
                ? Gone(seen, creates: false)
                : new EntryDecision(EntryAction.Remove),
            SightingKind.Claim when details.OfflineSince != 0 => Here(seen, creates: false),
            _ => default,
        };

    private static EntryDecision Here(in Sighting seen, bool creates) =>
        new(EntryAction.Put, new LocationDetails(Since: seen.At), creates);

    private static EntryDecision Gone(in Sighting seen, bool creates) =>
        new(EntryAction.Put, new LocationDetails(Since: seen.At, OfflineSince: seen.At), creates);

    // Only what Kalinka wrote itself: the details of others are left as they are.
    private static bool IsOld(in LocationDetails details, long now) =>
        details.Since != 0 && now - Math.Max(details.Since, details.LastSeen) > (long)Coarse.TotalMilliseconds;
}
