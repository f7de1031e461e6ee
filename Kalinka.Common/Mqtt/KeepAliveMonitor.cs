namespace Kalinka.Common.Mqtt;

/// <summary>
/// Keep Alive in both directions. The protocol only asks the client to send something [MQTT-3.1.2-20], which never notices
/// a half-open link while it publishes; so we also ask when nothing has come, and end the connection when asking does not
/// help. Whoever does not read because its handler blocks judges nobody.
/// </summary>
internal sealed class KeepAliveMonitor : IDisposable
{
    private readonly TimeSpan _keepAlive;
    private readonly TimeProvider _time;
    private readonly LinkActivity _activity;
    private readonly Action _ping;
    private readonly Action<string> _giveUp;
    private readonly TimeSpan _period;
    private readonly ITimer _timer;

    // Timer callbacks only; the timer is armed again at the end of each.
    private long _readsAtLastTick = -1;
    private long _excusedUntil;
    private long _pingedAt;
    private long _askedAt;
    private long _readsWhenAsked = -1;

    /// <param name="keepAlive">The granted Keep Alive; more than zero.</param>
    /// <param name="ping">Queues a PINGREQ.</param>
    /// <param name="giveUp">Ends the connection; the argument says why.</param>
    public KeepAliveMonitor(
        TimeSpan keepAlive,
        TimeProvider time,
        LinkActivity activity,
        Action ping,
        Action<string> giveUp
    )
    {
        (_keepAlive, _time, _activity, _ping, _giveUp) = (keepAlive, time, activity, ping, giveUp);
        _period = TimeSpan.FromTicks(
            Math.Clamp(keepAlive.Ticks / 8, TimeSpan.TicksPerSecond / 20, TimeSpan.TicksPerSecond)
        );
        _timer = time.CreateTimer(_ => Tick(), null, _period, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        var now = _time.GetTimestamp();
        var reads = _activity.Reads;
        var waitingSince = _activity.WaitingSince;
        if (waitingSince == 0 && reads == _readsAtLastTick)
        {
            _excusedUntil = now;
        }

        _readsAtLastTick = reads;
        if (Verdict(now, reads, waitingSince) is { } verdict)
        {
            _giveUp(verdict);
            return;
        }

        PingIfDue(now, reads, waitingSince);
        _timer.Change(_period, Timeout.InfiniteTimeSpan);
    }

    private string? Verdict(long now, long reads, long waitingSince)
    {
        var unanswered = reads == _readsWhenAsked && waitingSince != 0;
        if (unanswered && Since(Math.Max(_askedAt, waitingSince), now) >= _keepAlive)
        {
            return $"keep alive: nothing received for {Since(waitingSince, now).TotalSeconds:0.#} s";
        }

        var writingSince = _activity.WritingSince;
        if (writingSince != 0 && Since(Math.Max(writingSince, _excusedUntil), now) >= 1.5 * _keepAlive)
        {
            return $"keep alive: the broker has taken nothing for {Since(writingSince, now).TotalSeconds:0.#} s";
        }

        return null;
    }

    private void PingIfDue(long now, long reads, long waitingSince)
    {
        var half = _keepAlive / 2;
        var sendsNothing = Since(Math.Max(_activity.LastWritten, _pingedAt), now) >= half;
        var hearsNothing = waitingSince != 0 && reads != _readsWhenAsked && Since(waitingSince, now) >= half;
        if (!sendsNothing && !hearsNothing)
        {
            return;
        }

        _pingedAt = now;
        if (reads != _readsWhenAsked)
        {
            (_askedAt, _readsWhenAsked) = (now, reads);
        }

        _ping();
    }

    private TimeSpan Since(long from, long now) => _time.GetElapsedTime(from, now);
}
