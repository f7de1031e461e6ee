using System.Net;
using System.Net.Sockets;

namespace Kalinka.Tests.Stack;

/// <summary>One client's own way to a server of 127.0.0.1, which a test can cut. Any thread.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly int _server;
    private readonly TcpListener _listener;
    private readonly Task _accepting;
    private readonly Lock _lock = new();

    // Under the lock.
    private readonly HashSet<Socket> _sockets = [];
    private readonly HashSet<Task> _links = [];
    private bool _closed;

    /// <param name="server">The port of the server behind it.</param>
    public TcpProxy(int server)
    {
        (_server, Port) = (server, FreePort.Next());
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where the client connects to.</summary>
    public int Port { get; }

    /// <summary>Every connection ends, to both sides; new ones get through.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            foreach (var socket in _sockets)
            {
                socket.Dispose();
            }
        }
    }

    /// <summary>Every connection ends, and no new one gets through until <see cref="Open"/>.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
        }

        Cut();
    }

    public void Open()
    {
        lock (_lock)
        {
            _closed = false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Close();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(Links());
    }

    private Task[] Links()
    {
        lock (_lock)
        {
            return [.. _links];
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync();
                lock (_lock)
                {
                    _links.RemoveWhere(link => link.IsCompleted);
                    _links.Add(LinkAsync(client));
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It is disposed.
        }
    }

    private async Task LinkAsync(Socket client)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            if (!TryKeep(client, server))
            {
                return;
            }

            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _server);
                await Task.WhenAny(PassAsync(client, server), PassAsync(server, client));
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // Nobody there, or cut meanwhile.
            }
            finally
            {
                Leave(client, server);
            }
        }
    }

    private bool TryKeep(Socket client, Socket server)
    {
        lock (_lock)
        {
            return !_closed && _sockets.Add(client) && _sockets.Add(server);
        }
    }

    private void Leave(Socket client, Socket server)
    {
        lock (_lock)
        {
            _sockets.Remove(client);
            _sockets.Remove(server);
        }
    }

    // Until one side ends.
    private static async Task PassAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer)) > 0)
            {
                for (var sent = 0; sent < read; )
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent));
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Ended as well.
        }
    }
}
