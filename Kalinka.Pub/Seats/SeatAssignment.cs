namespace Kalinka.Pub.Seats;

/// <summary>
/// Who is to hold which seat: a pure function of the live instances and the seats with their present holders, so that
/// every instance which sees the same comes to the same. With instances that can all serve every broker, n of them and
/// T seats in all:
/// </summary>
/// <remarks>
/// <para>Even: everybody has T/n seats, rounded down or up.</para>
/// <para>Spread: of a broker with s seats nobody has more than s/n, rounded up; so they are on different instances
/// when there are enough.</para>
/// <para>Few moves: what is even and spread stays as it is. Who comes gets its share and nothing else moves; what a leaver
/// had is dealt out, and of the others' seats no more move than the leaver had.</para>
/// <para>A seat goes only to an instance that reports that it can serve the broker. Where none does, holders keep what
/// they have, and free seats go to those that could lately.</para>
/// </remarks>
internal static class SeatAssignment
{
    /// <param name="instances">The live ones; their order does not matter.</param>
    /// <param name="holders">Every seat, and who holds it; null: nobody.</param>
    /// <returns>
    /// Every seat, unless nobody is live. Also those whose holder is not among the live: it is on its way out, and so all
    /// agree on who follows before the first of its seats is free.
    /// </returns>
    public static IReadOnlyDictionary<SeatId, string> Of(
        IEnumerable<LiveInstance> instances,
        IReadOnlyDictionary<SeatId, string?> holders
    )
    {
        var deal = new SeatDeal(
            [.. instances.OrderBy(instance => instance.Name, StringComparer.Ordinal)],
            [.. holders.OrderBy(seat => seat.Key)]
        );
        deal.Place();
        deal.Even();
        return deal.Result();
    }
}
