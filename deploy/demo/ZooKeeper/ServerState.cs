using System.Security.Cryptography;
using Kalinka.Common.ZooKeeper.Jute;

namespace Kalinka.QuickStart.ZooKeeper;

/// <summary>All that the server knows. Whoever touches it holds <see cref="Gate"/>, so that everything happens in one order.</summary>
internal sealed class ServerState(TimeProvider time)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly Dictionary<long, ServerSession> _sessions = [];
    private long _lastSession = time.GetUtcNow().ToUnixTimeMilliseconds() << 16;

    public Lock Gate { get; } = new();

    public Tree Tree { get; } = new(time);

    public WatchTable Watches { get; } = new();

    public HashSet<ServerConnection> Connections { get; } = [];

    /// <returns>Null when the session that is asked for is not, or the password is not its own.</returns>
    public ServerSession? Open(ConnectRequest request, ServerConnection connection)
    {
        var session = request.SessionId == 0 ? Begin(request.TimeoutMs) : Resume(request);
        if (session is not null)
        {
            session.Connection?.Close();
            session.Connection = connection;
            session.Heard();
        }

        return session;
    }

    /// <summary>Ends a session: its ephemerals go, and whoever watches them is told.</summary>
    public void End(ServerSession session)
    {
        if (!_sessions.Remove(session.Id))
        {
            return;
        }

        var transaction = Tree.Begin();
        foreach (var path in Tree.EphemeralsOf(session.Id))
        {
            transaction.Delete(path, -1);
        }

        Commit(transaction);
    }

    public void Commit(Tree.Transaction transaction)
    {
        transaction.Commit();
        foreach (var happened in transaction.Events)
        {
            Watches.Trigger(happened);
        }
    }

    /// <summary>Ends the sessions that were silent for too long.</summary>
    public void Expire(Func<ServerSession, bool> due)
    {
        foreach (var session in _sessions.Values.Where(due).ToArray())
        {
            End(session);
            session.Connection?.Close();
        }
    }

    private ServerSession Begin(int timeoutMs)
    {
        var asked = TimeSpan.FromMilliseconds(timeoutMs);
        var granted =
            asked < Shortest ? Shortest
            : asked > Longest ? Longest
            : asked;
        var session = new ServerSession(++_lastSession, RandomNumberGenerator.GetBytes(16), granted, time);
        _sessions.Add(session.Id, session);
        return session;
    }

    private ServerSession? Resume(ConnectRequest request) =>
        _sessions.TryGetValue(request.SessionId, out var session)
        && CryptographicOperations.FixedTimeEquals(session.Password, request.Password)
            ? session
            : null;
}
