using Kalinka.Sub.Deliveries;
using Microsoft.Extensions.Logging;

namespace Kalinka.Sub.Publishing;

/// <summary>
/// The brokers by name: those of the configuration, and names that only the directory knows, which are brokers that
/// cannot be reached. The dispatcher's.
/// </summary>
/// <param name="stranger">Makes the session of a broker that is not configured.</param>
/// <param name="giveUp">Takes a lane whose broker has been away too long.</param>
internal sealed class BrokerSessions(
    IReadOnlyList<BrokerSession> configured,
    Func<string, BrokerSession> stranger,
    TimeSpan brokerWait,
    TurnClock clock,
    Action<BrokerSession, ClientLane> giveUp,
    ILogger<BrokerSessions> logger
)
{
    // Anything may write znodes: the names in them are remembered, and complained of, up to here.
    private const int MostStrangers = 1_000;

    // A broker that is busy writing its queues to a disk may take its time.
    private const long ShortestStallMs = 10_000;

    private readonly Dictionary<string, BrokerSession> _byName = configured.ToDictionary(session => session.Name);
    private readonly List<BrokerSession> _sessions = [.. configured];
    private readonly long _brokerWaitMs = (long)brokerWait.TotalMilliseconds;

    private int _records;

    /// <summary>Records that wait for brokers without a connection, as last counted. Any thread.</summary>
    public int Records => Volatile.Read(ref _records);

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

    public BrokerSession Find(string name)
    {
        if (!_byName.TryGetValue(name, out var session))
        {
            ForgetStrangers();
            logger.LogError("The directory names broker {Broker}, which is not configured: its records wait", name);
            session = stranger(name);
            _byName.Add(name, session);
            _sessions.Add(session);
        }

        return session;
    }

    /// <summary>The session that a lane waits for, if it is not connected.</summary>
    public bool IsUnreachable(ClientLane lane)
    {
        foreach (var session in _sessions)
        {
            if (session.Holds(lane))
            {
                return !session.IsConnected;
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
            if (!session.IsConnected && clock.NowMs >= session.UnreachableMs + _brokerWaitMs)
            {
                GiveUp(session);
            }
        }

        Volatile.Write(ref _records, records);
    }

    private void GiveUp(BrokerSession session)
    {
        for (var count = session.Waiting; count > 0 && session.TryDequeue(out var lane); count--)
        {
            giveUp(session, lane);
        }
    }

    private void ForgetStrangers()
    {
        for (var index = _sessions.Count - 1; _sessions.Count >= MostStrangers && index >= configured.Count; index--)
        {
            if (_sessions[index].Waiting == 0)
            {
                _byName.Remove(_sessions[index].Name);
                _sessions.RemoveAt(index);
            }
        }
    }
}
