namespace Kalinka.Pub.Seats;

/// <summary>
/// Notices that this process did not run for a while: stopped by a signal, frozen with its machine, starved. On a thread of
/// its own, which nothing else can hold up.
/// </summary>
/// <param name="limit">A longer gap of the monotonic clock is told: the ZooKeeper session time-out.</param>
/// <param name="woken">Called on the watch's thread.</param>
internal sealed class PauseWatch(TimeSpan limit, TimeProvider time, Action<TimeSpan> woken) : IDisposable
{
    // Short, so that little is under way when the telling begins.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly ManualResetEvent _stopped = new(false);
    private Thread? _thread;

    // When the watch last saw the process run, and was done with it.
    private long _last = time.GetTimestamp();

    /// <summary>
    /// The process has just stood still, and not all that follows from it is done. Whoever is about to hand on what may be
    /// older than the pause asks: its thread may wake before the watch's. Any thread; some 20 ns.
    /// </summary>
    public bool IsWaking => time.GetElapsedTime(Volatile.Read(ref _last)) > limit;

    /// <summary>Call it once.</summary>
    public void Start()
    {
        Volatile.Write(ref _last, time.GetTimestamp());
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
        if (gap > limit)
        {
            woken(gap);
        }

        Volatile.Write(ref _last, time.GetTimestamp());
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
