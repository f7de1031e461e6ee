using Kalinka.Sub.Deliveries;

namespace Kalinka.Sub.Locating;

/// <summary>
/// Where records wait for clients that are nowhere: the directory has no entry, or a broker has nobody for them. Whoever
/// has waited <c>AbsentWait</c> is looked for a last time, after one <c>sync</c> for all of them. The dispatcher's.
/// </summary>
/// <param name="advance">Takes a lane that may try again.</param>
internal sealed class WaitingRoom(
    Locator locator,
    AbsenceGuard guard,
    Inbox inbox,
    TurnClock clock,
    TimeSpan absentWait,
    int quarter,
    Action<ClientLane> advance
)
{
    private const long FirstBackOffMs = 200;
    private const long LongestBackOffMs = 2_000;

    private readonly long _absentWaitMs = (long)absentWait.TotalMilliseconds;
    private readonly LaneQueue _absent = new();
    private readonly LaneQueue _backOff = new();
    private readonly LaneQueue _due = new();
    private readonly LaneQueue _syncing = new();

    private bool _syncUnderWay;
    private long _syncAgainMs;
    private bool _wasTrusted;
    private int _records;

    /// <summary>Records that wait here, or for the directory's answer, as last counted. Any thread.</summary>
    public int Records => Volatile.Read(ref _records);

    /// <summary>The directory has no entry for the client: it waits until it gets one.</summary>
    public void AddAbsent(ClientLane lane)
    {
        lane.AbsentMs = lane.AbsentMs == 0 ? clock.NowMs : lane.AbsentMs;
        lane.RetryMs = long.MaxValue;
        _absent.AddLast(lane);
    }

    /// <summary>A broker has nobody for the oldest record: it is tried again, less and less often.</summary>
    public void AddRefused(ClientLane lane)
    {
        if (lane.RetryMs == long.MaxValue || lane.RetryMs <= clock.NowMs)
        {
            BackOff(lane);
        }

        _absent.AddLast(lane);
    }

    /// <summary>Its absence may not be believed now: it waits on.</summary>
    public void AddHeld(ClientLane lane) => _absent.AddLast(lane);

    /// <summary>Neither present nor absent: it is tried again.</summary>
    public void AddBackOff(ClientLane lane)
    {
        BackOff(lane);
        _backOff.AddLast(lane);
    }

    /// <summary>Whether a lane waits here because its client is nowhere.</summary>
    public bool Holds(ClientLane lane) =>
        lane.Queue == _absent || lane.Queue == _due || lane.Queue == _syncing || lane.Queue == _backOff;

    /// <summary>Whether the time of a record is over.</summary>
    public bool IsDue(ClientLane lane, Delivery delivery) => clock.NowMs >= DueMs(lane, delivery);

    public void Tick()
    {
        guard.Tick();
        LookAgainAfterReconnect();
        Retry(_backOff);
        CollectDue();
        Retry(_absent);
        if (_due.Count > 0 && !_syncUnderWay && clock.NowMs >= _syncAgainMs)
        {
            Sync();
        }
    }

    // Entries may have come while nobody was told: the watch does not replay.
    private void LookAgainAfterReconnect()
    {
        var trusted = locator.IsTrusted;
        if (trusted && !_wasTrusted)
        {
            AdvanceAll(_absent);
            AdvanceAll(_due);
        }

        _wasTrusted = trusted;
    }

    private void AdvanceAll(LaneQueue queue)
    {
        for (var count = queue.Count; count > 0 && queue.First is { } lane; count--)
        {
            queue.Remove(lane);
            advance(lane);
        }
    }

    private void Retry(LaneQueue queue)
    {
        for (var lane = queue.First; lane is not null; )
        {
            var next = lane.Next;
            if (clock.NowMs >= lane.RetryMs)
            {
                queue.Remove(lane);
                advance(lane);
            }

            lane = next;
        }
    }

    private void CollectDue()
    {
        var deciding = _due.CountRecords() + _syncing.CountRecords();
        var records = _absent.CountRecords() + deciding;
        Volatile.Write(ref _records, records + locator.CountRecords());
        if (!locator.IsTrusted || guard.IsPausing)
        {
            return;
        }

        var tooMany = records - deciding - quarter;
        for (var lane = _absent.First; lane is not null; )
        {
            var next = lane.Next;
            lane.Hurried = tooMany > 0;
            tooMany -= lane.Count;
            if (lane.Hurried || (lane.NextWaiting() is { } delivery && IsDue(lane, delivery)))
            {
                _due.AddLast(lane);
            }

            lane = next;
        }
    }

    private void Sync()
    {
        while (_due.First is { } lane)
        {
            _syncing.AddLast(lane);
        }

        _syncUnderWay = true;
        _ = SyncAsync();
    }

    private async Task SyncAsync()
    {
        var done = await locator.SyncAsync();
        inbox.Post(() => OnSynced(done));
    }

    private void OnSynced(bool done)
    {
        _syncUnderWay = false;
        if (!done)
        {
            _syncAgainMs = clock.NowMs + LongestBackOffMs;
        }

        while (_syncing.First is { } lane)
        {
            if (done)
            {
                _syncing.Remove(lane);
                locator.Read(lane, ReadPurpose.Conclude);
            }
            else
            {
                _due.AddLast(lane);
            }
        }
    }

    private void BackOff(ClientLane lane)
    {
        lane.BackOffMs = Math.Clamp(lane.BackOffMs * 2, FirstBackOffMs, LongestBackOffMs);
        lane.RetryMs = clock.NowMs + lane.BackOffMs;
    }

    private long DueMs(ClientLane lane, Delivery delivery)
    {
        var absent = lane.AbsentMs == 0 ? long.MaxValue : Math.Max(lane.AbsentMs, delivery.ArrivedMs);
        var refused = delivery.RefusedMs == 0 ? long.MaxValue : delivery.RefusedMs;
        var since = Math.Min(absent, refused);
        return since == long.MaxValue ? long.MaxValue : since + _absentWaitMs;
    }
}
