using Kalinka.Common.ZooKeeper.Jute;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.ZooKeeper.Connection;

/// <summary>
/// A client's session over all the connections that carry it. One loop: find a server, shake hands, run the connection
/// till it breaks, and again, until closed. When the ensemble says that the session has expired a fresh one is begun.
/// </summary>
internal sealed class KeeperSession(
    ZooKeeperOptions options,
    ConnectionString ensemble,
    WatchRegistry watches,
    TimeProvider time,
    ILogger logger
) : IAsyncDisposable
{
    // A connection that lived so long was none that a server only opens to close it again.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(1);

    private readonly OutgoingQueue _outgoing = new();
    private readonly CancellationTokenSource _closing = new();
    private Task _running = Task.CompletedTask;

    // The loop's.
    private readonly ServerRound _round = new(ensemble.Servers, time);
    private readonly Transport _transport = new(options.Tls);
    private readonly SessionPriming _priming = new(new Chroot(ensemble.Chroot), options.Auth, watches);
    private byte[] _password = new byte[16];
    private TimeSpan _timeout = options.SessionTimeout;
    private long _lastZxid;
    private long _lastConnected;

    // Any thread's.
    private volatile bool _leaving;

    // Written by the loop, read by any thread.
    private long _sessionId;

    public SessionStatus Status { get; } = new(ensemble.ToString(), logger);

    public long SessionId => Volatile.Read(ref _sessionId);

    public ReadOnlySpan<byte> Password => _password;

    public async Task<T> SendAsync<T>(ClientRequest<T> request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (request.Frame.Length > KeeperConnection.LargestRequest)
        {
            var detail = $"a request of {request.Frame.Length} bytes; a server takes {KeeperConnection.LargestRequest}";
            throw new ZooKeeperException(KeeperCode.BadArguments, request.Path, detail);
        }

        _outgoing.Add(request);
        await using var registration = cancellationToken.UnsafeRegister(
            (_, token) =>
            {
                if (request.TryCancel(token))
                {
                    _outgoing.Remove(request);
                }
            },
            null
        );
        return await request.Task;
    }

    public void Start() => _running = RunAsync();

    /// <summary>Tells the server, if there is one, that the session ends; then the loop ends with the connection.</summary>
    public async Task LeaveAsync(TimeSpan patience)
    {
        _leaving = true;
        if (Status.State == KeeperState.Connected)
        {
            var frame = RequestFrame.Build(OpCode.CloseSession);
            _outgoing.Add(new ClientRequest<bool>(frame, null, static (ref JuteReader _) => true));
            await Task.WhenAny(_running, Task.Delay(patience, time));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _running;
        _closing.Dispose();
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        try
        {
            while (!_leaving)
            {
                await VisitAsync(await _round.NextAsync(_closing.Token));
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested) { }
        finally
        {
            _outgoing.Close(new ObjectDisposedException(nameof(ZooKeeperClient)));
            Status.Enter(KeeperState.Closed, _sessionId);
        }
    }

    private async Task VisitAsync(ServerAddress server)
    {
        Status.Server = server.ToString();
        try
        {
            using var patience = new CancellationTokenSource(ConnectTimeout(), time);
            using var hasty = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _closing.Token);
            await using var stream = await _transport.OpenAsync(server, hasty.Token);
            var handshake = new Handshake(stream);
            var greeting = await handshake.ExchangeAsync(Introduction(), hasty.Token);
            patience.CancelAfter(Timeout.InfiniteTimeSpan);
            if (greeting.Expired)
            {
                Expire();
                return;
            }

            await CarryAsync(stream, handshake.Frames, greeting);
        }
        catch (Exception e)
        {
            if (!_leaving)
            {
                Note(server, e);
            }
        }
    }

    private ConnectRequest Introduction()
    {
        // Servers that are behind what we saw close the connection. One that is merely late is right to; but when all of
        // them do so past any session's life, the ensemble was wiped or restored: it shall say what became of the session.
        if (_sessionId != 0 && time.GetElapsedTime(_lastConnected) > 2 * _timeout)
        {
            _lastZxid = 0;
        }

        return new ConnectRequest(_lastZxid, (int)options.SessionTimeout.TotalMilliseconds, _sessionId, _password);
    }

    private async Task CarryAsync(Stream stream, FrameReader frames, ConnectResponse greeting)
    {
        var fresh = greeting.SessionId != _sessionId;
        _timeout = TimeSpan.FromMilliseconds(greeting.TimeoutMs);
        _password = greeting.Password;
        Volatile.Write(ref _sessionId, greeting.SessionId);
        var began = time.GetTimestamp();
        var connection = new KeeperConnection(stream, frames, _outgoing, watches, _timeout, time);
        try
        {
            Status.Enter(KeeperState.Connected, _sessionId);
            await connection.RunAsync(_priming.Requests(fresh, _lastZxid), _closing.Token);
        }
        finally
        {
            _lastZxid = Math.Max(_lastZxid, connection.LastZxid);
            _lastConnected = time.GetTimestamp();
            if (time.GetElapsedTime(began) > Settled)
            {
                Status.Settled();
                _round.Succeeded();
            }
        }
    }

    private void Expire()
    {
        if (_sessionId == 0)
        {
            throw new InvalidDataException("the server refuses a new session");
        }

        Volatile.Write(ref _sessionId, 0);
        _password = new byte[16];
        _lastZxid = 0;
        _timeout = options.SessionTimeout;
        _round.Succeeded();
        _outgoing.FailAll(request => new ZooKeeperException(KeeperCode.SessionExpired, request.Path));
        Status.Enter(KeeperState.Expired, _sessionId);
    }

    private void Note(ServerAddress server, Exception reason)
    {
        _round.Failed();
        Status.Failed(server, reason);
        if (reason is ZooKeeperException { Code: KeeperCode.AuthFailed })
        {
            _outgoing.FailAll(request => new ZooKeeperException(KeeperCode.AuthFailed, request.Path));
            Status.Enter(KeeperState.AuthFailed, _sessionId);
        }
        else
        {
            Status.Enter(KeeperState.Connecting, _sessionId);
        }
    }

    private TimeSpan ConnectTimeout() => _timeout / _round.Count;
}
