using System.Diagnostics;

namespace Kalinka.Bench.Load;

/// <summary>Hands out how many messages are due, at a constant rate, a millisecond's worth at a time.</summary>
/// <param name="perSecond">0: everything at once.</param>
internal sealed class Pace(int perSecond, int total)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);
    private readonly long _started = Stopwatch.GetTimestamp();
    private int _given;

    /// <summary>The number of messages due now; null when all have been given.</summary>
    public async ValueTask<int?> DueAsync()
    {
        if (_given == total)
        {
            return null;
        }

        var due = Due();
        while (due == 0)
        {
            await Task.Delay(Tick, TimeProvider.System);
            due = Due();
        }

        _given += due;
        return due;
    }

    private int Due()
    {
        var elapsed = Stopwatch.GetElapsedTime(_started).TotalSeconds;
        return perSecond == 0 ? total : (int)Math.Min(total, perSecond * elapsed) - _given;
    }
}
