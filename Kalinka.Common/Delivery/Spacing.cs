namespace Kalinka.Common.Delivery;

/// <summary>
/// Keeps the turns of a thread a millisecond apart where that is wanted: what the other threads bring gathers meanwhile,
/// instead of waking this one for each piece. A turn after a longer rest begins at once. One thread.
/// </summary>
public sealed class Spacing(TimeProvider time)
{
    /// <summary>From the beginning of one turn to that of the next, at least; no wait is longer, but for the scheduler.</summary>
    public static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(1);

    // Nobody pulses it: the wait is for the time alone, and too short to be broken off for anything.
    private readonly object _pause = new();
    private long _began;

    /// <summary>A turn begins; blocks before it while <paramref name="gather"/> and the last one has only just begun.</summary>
    public void Begin(bool gather)
    {
        if (gather && time.GetElapsedTime(_began) < Apart)
        {
            lock (_pause)
            {
                Monitor.Wait(_pause, Apart);
            }
        }

        _began = time.GetTimestamp();
    }
}
