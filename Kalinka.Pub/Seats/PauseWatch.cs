namespace Kalinka.Pub.Seats;

/// <summary>
/// Notices that this process did not run for a while: stopped by a signal, frozen with its machine, starved. On a thread of
/// its own, which nothing else can hold up.
/// </summary>
/// <param name="limit">A longer gap of the monotonic clock is told: the ZooKeeper session time-out.</param>
/// <param name="woken">Called on the watch's thread.</param>
internal sealed class PauseWatch(TimeSpan limit, TimeProvider time, Action<TimeSpan> woken) : IDisposable
{
    // Short, so that little is done between the waking and the telling.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly ManualResetEvent _stopped = new(false);
    private Thread? _thread;
    private long _last = time.GetTimestamp();

    /// <summary>Call it once.</summary>
    public void Start()
    {
        _last = time.GetTimestamp();
        _thread = new Thread(Run)
        {
            Name = "pause-watch",
            IsBackground = true,
            Priority = ThreadPriority.Highest,
        };
        _thread.Start();
    }

    /// <summary>Compares the clock with what it was at the last call.</summary>
    internal void Tick()
    {
        var gap = time.GetElapsedTime(_last);
        _last = time.GetTimestamp();
        if (gap > limit)
        {
            woken(gap);
        }
    }

    public void Dispose()
    {
        _stopped.Set();
        _thread?.Join();
        _stopped.Dispose();
    }

    private void Run()
    {
        while (!_stopped.WaitOne(Interval))
        {
            Tick();
        }
    }
}
