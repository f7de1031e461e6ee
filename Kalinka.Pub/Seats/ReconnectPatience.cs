namespace Kalinka.Pub.Seats;

/// <summary>
/// How long a holder that cannot confirm its seat waits after a close: twice the ZooKeeper session time-out, doubled
/// each time, at most an hour. By then another holder has had the time to take the seat without being thrown out.
/// Not thread-safe.
/// </summary>
internal sealed class ReconnectPatience(TimeSpan sessionTimeout)
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private TimeSpan _next = 2 * sessionTimeout;

    /// <summary>How long to wait this time.</summary>
    public TimeSpan Next()
    {
        var wait = _next < Longest ? _next : Longest;
        _next = wait * 2;
        return wait;
    }

    /// <summary>The seat is confirmed: the next doubt begins with the shortest wait again.</summary>
    public void Reset() => _next = 2 * sessionTimeout;
}
