using System.Collections.Frozen;
using Kalinka.Common.Mqtt;
using Kalinka.Sub.Deliveries;
using Microsoft.Extensions.Logging;

namespace Kalinka.Sub.Publishing;

/// <summary>
/// The brokers by name: those that are configured or announced, and names that only the directory knows, which are brokers
/// that cannot be reached. The dispatcher's.
/// </summary>
/// <param name="stranger">Makes the session of a broker that is not configured.</param>
/// <param name="advance">Takes a lane that has to look again where its client is.</param>
/// <param name="giveUp">Takes a lane whose broker has been away too long.</param>
internal sealed class BrokerSessions(
    IReadOnlyList<BrokerSession> configured,
    Func<string, BrokerSession> stranger,
    TimeSpan brokerWait,
    TurnClock clock,
    Action<ClientLane> advance,
    Action<BrokerSession, ClientLane> giveUp,
    ILogger<BrokerSessions> logger
)
{
    // Anything may write znodes: the names in them are remembered, and complained of, up to here.
    private const int MostStrangers = 1_000;

    // A broker that is busy writing its queues to a disk may take its time.
    private const long ShortestStallMs = 10_000;

    // Records of the delivery topic stay, however long: they are not looked at in every turn.
    private const long GiveUpEveryMs = 500;

    private readonly Dictionary<string, BrokerSession> _byName = configured.ToDictionary(session => session.Name);
    private readonly List<BrokerSession> _sessions = [.. configured];
    private readonly long _brokerWaitMs = (long)brokerWait.TotalMilliseconds;

    private readonly List<string> _waitedForUnknown = [];

    private int _records;
    private volatile IReadOnlyList<string> _shownUnknown = [];
    private volatile FrozenSet<string> _retired = FrozenSet<string>.Empty;

    /// <summary>Records that wait for brokers without a connection, as last counted. Any thread.</summary>
    public int Records => Volatile.Read(ref _records);

    /// <summary>Names that are no broker's and that records wait for here, as last looked at. Any thread.</summary>
    public IReadOnlyList<string> WaitedForUnknown => _shownUnknown;

    /// <summary>Publishes without an outcome, at all brokers.</summary>
    public int InFlight
    {
        get
        {
            var inFlight = 0;
            foreach (var session in _sessions)
            {
                inFlight += session.InFlight;
            }

            return inFlight;
        }
    }

    /// <summary>Whether a broker is retired and nobody waits for it any more. Any thread.</summary>
    public bool IsRetired(string name) => _retired.Contains(name);

    /// <summary>The session of a broker that the directory names.</summary>
    public BrokerSession Find(string name)
    {
        if (!_byName.TryGetValue(name, out var session))
        {
            logger.LogError("The directory names broker {Broker}, which is neither configured nor announced", name);
            session = Add(name);
        }

        return session;
    }

    /// <summary>The session of a broker that has come; what waits for its name waits in it.</summary>
    public BrokerSession Open(string name) => _byName.TryGetValue(name, out var session) ? session : Add(name);

    /// <summary>A broker has come, back perhaps.</summary>
    public void Begin(BrokerSession session, MqttVersion version)
    {
        session.Begin(version);
        CountRetired();
    }

    /// <summary>What has come till now still goes there.</summary>
    public void Retire(BrokerSession session) => session.Service.Retire(clock.NowMs);

    /// <summary>Nothing goes there any more, and what waits looks again where its client is.</summary>
    /// <param name="retired">Who is still there is absent; else the broker is one that cannot be reached.</param>
    public void End(BrokerSession session, bool retired)
    {
        if (retired)
        {
            session.Service.EndRetired();
        }
        else
        {
            session.Service.Leave();
        }

        CountRetired();
        AdvanceAll(session);
    }

    /// <summary>What is for a broker is held back, or sent again.</summary>
    public void Hold(string name, bool held)
    {
        var session = Open(name);
        if (session.Held == held)
        {
            return;
        }

        session.Held = held;
        if (held)
        {
            // What is the application's goes into the partition; the rest stays.
            AdvanceAll(session);
        }
        else
        {
            session.OnRoom();
        }
    }

    /// <summary>The session that a lane waits for, if it is not connected.</summary>
    public bool IsUnreachable(ClientLane lane)
    {
        foreach (var session in _sessions)
        {
            if (session.Holds(lane))
            {
                return !session.IsConnected || session.Service.IsOver;
            }
        }

        return false;
    }

    /// <summary>
    /// Ends the wait for brokers that have been away for <c>BrokerWait</c>. It counts from the loss of the broker, not
    /// from the record: while one record after the other waited its own thirty seconds, each would hold the watermark
    /// of its partition, and with it every other client's records.
    /// </summary>
    public void Tick()
    {
        var records = 0;
        for (var index = 0; index < _sessions.Count; index++)
        {
            var session = _sessions[index];
            session.EndIfStalled(Math.Max(_brokerWaitMs, ShortestStallMs));
            records += session.IsConnected ? 0 : session.CountRecords();
            if (session.Waiting > 0 && !session.Service.IsKnown)
            {
                _waitedForUnknown.Add(session.Name);
            }

            if (session.IsAwayFor(_brokerWaitMs, clock.NowMs) && clock.NowMs >= session.GiveUpMs)
            {
                GiveUp(session);
                session.GiveUpMs = session.Waiting > 0 ? clock.NowMs + GiveUpEveryMs : 0;
            }
        }

        Volatile.Write(ref _records, records);
        ShowUnknown();
    }

    private void ShowUnknown()
    {
        if (!_waitedForUnknown.SequenceEqual(_shownUnknown))
        {
            _shownUnknown = [.. _waitedForUnknown];
        }

        _waitedForUnknown.Clear();
    }

    private void AdvanceAll(BrokerSession session)
    {
        for (var count = session.Waiting; count > 0 && session.TryDequeue(out var lane); count--)
        {
            advance(lane);
        }
    }

    private void GiveUp(BrokerSession session)
    {
        for (var count = session.Waiting; count > 0 && session.TryDequeue(out var lane); count--)
        {
            giveUp(session, lane);
        }
    }

    private BrokerSession Add(string name)
    {
        ForgetStrangers();
        var session = stranger(name);
        _byName.Add(name, session);
        _sessions.Add(session);
        return session;
    }

    private void CountRetired() =>
        _retired = _sessions.Where(session => session.Service.IsRetired).Select(session => session.Name).ToFrozenSet();

    private void ForgetStrangers()
    {
        for (var index = _sessions.Count - 1; _sessions.Count >= MostStrangers && index >= 0; index--)
        {
            if (!_sessions[index].Service.IsKnown && !_sessions[index].IsConnected && _sessions[index].Waiting == 0)
            {
                _byName.Remove(_sessions[index].Name);
                _sessions.RemoveAt(index);
            }
        }
    }
}
