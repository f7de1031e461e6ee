using System.Globalization;

namespace Kalinka.Pub.Seats;

/// <summary>Which of a broker's sessions nobody uses any more. Pure.</summary>
internal static class RetirementRules
{
    /// <summary>
    /// Those that today's configuration does not have, but for those of seats that somebody else, who has another
    /// configuration, still holds. Of a seat that we have ourselves everybody uses today's session, as long as all are
    /// configured alike; while they are not, nothing may be retired at all.
    /// </summary>
    /// <param name="sessions">The Client Identifiers that are recorded for the broker.</param>
    /// <param name="configured">Those of today's seats, by number.</param>
    /// <param name="heldBeyond">Seats beyond today's that somebody holds.</param>
    public static IEnumerable<string> Unused(
        IEnumerable<string> sessions,
        IReadOnlyList<string> configured,
        IReadOnlySet<int> heldBeyond
    ) =>
        sessions.Where(session =>
            !configured.Contains(session) && !(SeatOf(session) is { } seat && heldBeyond.Contains(seat))
        );

    /// <summary>The number that a Client Identifier of a seat ends with; null when it has none.</summary>
    public static int? SeatOf(string clientId) =>
        int.TryParse(
            clientId.AsSpan(clientId.LastIndexOf('-') + 1),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var number
        )
            ? number
            : null;
}
