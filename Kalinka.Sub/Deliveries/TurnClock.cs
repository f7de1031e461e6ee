namespace Kalinka.Sub.Deliveries;

/// <summary>The time as one turn of the dispatcher sees it: read once a turn, not once a message. One thread.</summary>
internal sealed class TurnClock(TimeProvider time)
{
    /// <summary>Monotonic, in milliseconds, always above 0: waits are measured with it, and 0 can stand for "not".</summary>
    public long NowMs { get; private set; } = Monotonic(time);

    /// <summary>Unix milliseconds: what expiries and record timestamps are compared with.</summary>
    public long UnixMs { get; private set; } = time.GetUtcNow().ToUnixTimeMilliseconds();

    public void Refresh()
    {
        NowMs = Monotonic(time);
        UnixMs = time.GetUtcNow().ToUnixTimeMilliseconds();
    }

    // Divided before it is multiplied: the product of ticks and a thousand would overflow on a machine long up.
    private static long Monotonic(TimeProvider time)
    {
        var (seconds, rest) = Math.DivRem(time.GetTimestamp(), time.TimestampFrequency);
        return (seconds * 1000) + (rest * 1000 / time.TimestampFrequency) + 1;
    }
}
