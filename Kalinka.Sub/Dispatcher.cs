using System.Text;
using Kalinka.Common.Delivery;
using Kalinka.Sub.Consuming;
using Kalinka.Sub.Deliveries;
using Kalinka.Sub.Locating;
using Kalinka.Sub.Partitioning;
using Kalinka.Sub.Publishing;

namespace Kalinka.Sub;

/// <summary>
/// The one thread to which lanes, windows and waits belong, which is why none of them has a lock: it takes what the
/// others post, in turns, and looks at the clock now and then.
/// </summary>
internal sealed class Dispatcher
{
    public static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(50);

    private readonly Inbox _inbox;
    private readonly TurnClock _clock;
    private readonly Assignments _assignments;
    private readonly WaitingRoom _waitingRoom;
    private readonly BrokerSessions _sessions;
    private readonly Relay _relay;
    private readonly LaneRouter _router;
    private readonly Gathering _gathering;
    private readonly Action<object> _changed;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] _client = new byte[256];
    private long _tickMs;
    private volatile bool _stopped;

    public Dispatcher(
        Inbox inbox,
        TurnClock clock,
        Assignments assignments,
        WaitingRoom waitingRoom,
        BrokerSessions sessions,
        Relay relay,
        LaneRouter router,
        Gathering gathering
    )
    {
        (_inbox, _clock, _assignments) = (inbox, clock, assignments);
        (_waitingRoom, _sessions, _relay, _router, _gathering) = (waitingRoom, sessions, relay, router, gathering);
        Arrive = delivery => router.Arrive((Delivery)delivery);
        _changed = client => OnChanged((string)client);
    }

    /// <summary>Posted with a <see cref="Delivery"/> by the thread that consumes.</summary>
    public Action<object> Arrive { get; }

    /// <summary>Completes when the thread has ended; faults with what ended it.</summary>
    public Task Ended => _ended.Task;

    /// <summary>A client's entry has changed. Any thread.</summary>
    public void Changed(string client) => _inbox.Post(_changed, client);

    /// <summary>Takes turns until <see cref="Stop"/>. Blocks.</summary>
    public void Run(TimeProvider time)
    {
        using var ticking = time.CreateTimer(_ => _inbox.Wake(), null, TickEvery, TickEvery);
        var spacing = new Spacing(time);
        try
        {
            while (!_stopped)
            {
                _inbox.Wait();
                spacing.Begin(gather: _inbox.MayGather);
                Turn();
            }

            _ended.SetResult();
        }
        catch (Exception e)
        {
            _ended.SetException(e);
        }
    }

    /// <summary>Any thread.</summary>
    public void Stop()
    {
        _stopped = true;
        _inbox.Wake();
    }

    /// <summary>Handles all that was posted, and what is due.</summary>
    public void Turn()
    {
        _clock.Refresh();
        _inbox.Run();
        if (_clock.NowMs >= _tickMs)
        {
            _tickMs = _clock.NowMs + (long)TickEvery.TotalMilliseconds;
            _waitingRoom.Tick();
            _sessions.Tick();
            _relay.Tick();
            _assignments.Tick();
        }

        _assignments.CheckDrains();
        _gathering.Judge(_sessions.InFlight);
    }

    private void OnChanged(string client)
    {
        var size = Encoding.UTF8.GetMaxByteCount(client.Length);
        if (_client.Length < size)
        {
            _client = new byte[size];
        }

        _router.OnChanged(_client.AsSpan(0, Encoding.UTF8.GetBytes(client, _client)));
    }
}
