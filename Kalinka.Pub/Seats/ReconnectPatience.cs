namespace Kalinka.Pub.Seats;

/// <summary>
/// How long a holder that cannot confirm its seat waits after a close: twice the ZooKeeper session time-out, doubled
/// each time, at most an hour. By then another holder has had the time to take the seat without being thrown out.
/// </summary>
internal sealed class ReconnectPatience(TimeSpan sessionTimeout, TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private TimeSpan _next = 2 * sessionTimeout;

    /// <summary>Waits, unless the seat is confirmed first.</summary>
    public async Task WaitAsync(Task confirmed, CancellationToken cancellationToken)
    {
        var wait = _next < Longest ? _next : Longest;
        _next = wait * 2;
        try
        {
            await confirmed.WaitAsync(wait, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Still unconfirmed, and nobody has objected: the broker decides.
        }
    }

    public void Reset() => _next = 2 * sessionTimeout;
}
