using System.Net;
using System.Net.Sockets;

namespace Kalinka.QuickStart.ZooKeeper;

/// <summary>
/// A ZooKeeper server in memory, for trying out and for tests: the real protocol (sessions, ephemeral and sequential
/// znodes, multi, one-shot and lasting watches), one server, nothing on disk. Credentials are accepted and access lists
/// are not enforced.
/// </summary>
public sealed class MemoryZooKeeper : IAsyncDisposable
{
    private static readonly TimeSpan ExpiryCheck = TimeSpan.FromMilliseconds(50);

    private readonly TcpListener _listener;
    private readonly ServerState _state;
    private readonly PeriodicTimer _expiry;
    private readonly Task _accepting;
    private readonly Task _expiring;

    private MemoryZooKeeper(TcpListener listener, TimeProvider time)
    {
        _listener = listener;
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _state = new ServerState(time);
        _expiry = new PeriodicTimer(ExpiryCheck, time);
        _accepting = AcceptAsync();
        _expiring = ExpireAsync();
    }

    public int Port { get; }

    /// <param name="address">Where it listens.</param>
    /// <param name="port">0 for a free one.</param>
    /// <exception cref="SocketException">The port is taken.</exception>
    public static MemoryZooKeeper Start(IPAddress address, int port)
    {
        var listener = new TcpListener(address, port);
        listener.Start();
        return new MemoryZooKeeper(listener, TimeProvider.System);
    }

    /// <summary>Ends a session as if its client had been silent for too long.</summary>
    public void ExpireSession(long sessionId)
    {
        lock (_state.Gate)
        {
            _state.Expire(session => session.Id == sessionId);
        }
    }

    /// <summary>Closes all connections; the sessions live on.</summary>
    public void DropConnections()
    {
        lock (_state.Gate)
        {
            foreach (var connection in _state.Connections)
            {
                connection.Close();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        _expiry.Dispose();
        DropConnections();
        await Task.WhenAll(_accepting, _expiring);
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync();
                socket.NoDelay = true;
                connections.RemoveAll(connection => connection.IsCompleted);
                connections.Add(new ServerConnection(new NetworkStream(socket, ownsSocket: true), _state).RunAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException) { }

        DropConnections();
        await Task.WhenAll(connections);
    }

    private async Task ExpireAsync()
    {
        while (await _expiry.WaitForNextTickAsync())
        {
            lock (_state.Gate)
            {
                _state.Expire(session => session.Overdue);
            }
        }
    }
}
