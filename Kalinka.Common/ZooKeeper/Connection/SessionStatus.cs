using Microsoft.Extensions.Logging;

namespace Kalinka.Common.ZooKeeper.Connection;

/// <summary>What a session says of itself. Written by the session's loop, read by any thread.</summary>
internal sealed class SessionStatus(string ensemble, ILogger logger)
{
    private volatile KeeperState _state = KeeperState.Connecting;
    private volatile string? _lastError;
    private volatile string _server = ensemble;

    // The loop's.
    private int _failures;

    /// <summary>Every change, in order, on the loop.</summary>
    public event Action<KeeperState>? Changed;

    public KeeperState State => _state;

    public string? LastError => _lastError;

    /// <summary>The server that is tried, or connected to.</summary>
    public string Server
    {
        get => _server;
        set => _server = value;
    }

    public void Enter(KeeperState state, long sessionId)
    {
        if (_state == state)
        {
            return;
        }

        _state = state;
        logger.LogInformation("ZooKeeper at {Server}: {State}, session 0x{Session:x}", _server, state, sessionId);
        try
        {
            Changed?.Invoke(state);
        }
        catch (Exception e)
        {
            logger.LogError(e, "A listener of ZooKeeper's state threw at {State}", state);
        }
    }

    /// <summary>The last connection was a good one: failures are counted anew.</summary>
    public void Settled() => _failures = 0;

    public void Failed(ServerAddress server, Exception reason)
    {
        var text = reason is OperationCanceledException ? "no answer in time" : reason.Message;
        _lastError = $"{server}: {text}";

        // An ensemble that is away for days shall not fill the log: the 1st, 2nd, 4th, 8th ... failure.
        if (int.IsPow2(++_failures))
        {
            logger.LogWarning(
                "No connection to ZooKeeper at {Server} (failure {Failures} in a row): {Reason}",
                server,
                _failures,
                text
            );
        }
    }
}
