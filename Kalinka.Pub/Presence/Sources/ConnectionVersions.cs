using Kalinka.Common.Text;

namespace Kalinka.Pub.Presence.Sources;

/// <summary>
/// Which connection of each client was told of last, and whether it has ended, by the version numbers of AWS IoT: its events
/// may come twice, and a connect behind its own disconnect. Bounded: the clients of at least the last
/// <see cref="Fewest"/> events are remembered, of which an event out of order is one.
/// </summary>
/// <remarks>
/// A connect and its disconnect have the same number, a later connection has a greater one. About an hour after the last
/// disconnect the count begins at 0 again. The events' times are good to two minutes only, so they decide nothing but that.
/// </remarks>
internal sealed class ConnectionVersions
{
    public const int Fewest = 50_000;

    /// <summary>Events that are further apart are told apart by their times: more than the error, less than an hour.</summary>
    private const long CertainlyApart = 30 * 60 * 1000;

    // Those of the latest events, and those of the events before.
    private Dictionary<byte[], Last> _recent = new(ByteArrayComparer.Instance);
    private Dictionary<byte[], Last> _earlier = new(ByteArrayComparer.Instance);

    /// <param name="client">UTF-8.</param>
    /// <param name="version">Of the connection.</param>
    /// <param name="time">Of the event, Unix milliseconds.</param>
    /// <returns>False for one that is older than what is known, or known already.</returns>
    public bool TryConnect(ReadOnlySpan<byte> client, long version, long time) =>
        TryKeep(client, new Last(version, time, Ended: false));

    /// <inheritdoc cref="TryConnect"/>
    public bool TryDisconnect(ReadOnlySpan<byte> client, long version, long time) =>
        TryKeep(client, new Last(version, time, Ended: true));

    /// <summary>This connection was told of, and not its end.</summary>
    public bool Has(ReadOnlySpan<byte> client, long version) =>
        TryFind(client, out var last) && last.Version == version && !last.Ended;

    private bool TryKeep(ReadOnlySpan<byte> client, Last next)
    {
        if (TryFind(client, out var last) && !IsNews(last, next))
        {
            return false;
        }

        if (_recent.Count >= Fewest)
        {
            (_earlier, _recent) = (_recent, new Dictionary<byte[], Last>(ByteArrayComparer.Instance));
        }

        _recent.GetAlternateLookup<ReadOnlySpan<byte>>()[client] = next;
        return true;
    }

    private bool TryFind(ReadOnlySpan<byte> client, out Last last) =>
        _recent.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(client, out last)
        || _earlier.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(client, out last);

    private static bool IsNews(Last last, Last next) =>
        Math.Abs(next.Time - last.Time) > CertainlyApart ? next.Time > last.Time
        : next.Version == last.Version ? next.Ended && !last.Ended
        : next.Version > last.Version;

    private readonly record struct Last(long Version, long Time, bool Ended);
}
