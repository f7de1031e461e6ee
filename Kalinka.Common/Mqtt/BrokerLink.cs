using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Kalinka.Common.Tls;

namespace Kalinka.Common.Mqtt;

/// <summary>
/// The socket, with TLS around it where asked. Everything is synchronous on two threads of our own: on Unix one asynchronous
/// call would make the socket non-blocking for good, and every later read would go through the event loop.
/// </summary>
internal sealed class BrokerLink : IDisposable
{
    private readonly Lock _gate = new();

    // Guarded by the gate until connected.
    private Socket? _socket;
    private bool _aborted;

    private Stream _stream = Stream.Null;

    /// <summary>Tries one address after the other.</summary>
    /// <param name="perAddress">So long at most for each: a black hole must not use up the time of the next.</param>
    /// <exception cref="SocketException">None answered; this is what the last one said.</exception>
    public void Connect(IPAddress[] addresses, int port, TimeSpan perAddress, TimeProvider time)
    {
        for (var index = 0; ; index++)
        {
            try
            {
                ConnectTo(new IPEndPoint(addresses[index], port), perAddress, time);
                return;
            }
            catch (SocketException) when (index + 1 < addresses.Length && !IsAborted()) { }
        }
    }

    public void StartTls(string host, TlsOptions options) => _stream = TlsStream.Open(_stream, host, options);

    public int Read(byte[] buffer, int offset, int count) => _stream.Read(buffer, offset, count);

    public void Write(ArraySegment<byte> bytes) => _stream.Write(bytes.Array!, bytes.Offset, bytes.Count);

    /// <summary>
    /// We say no more, and go on listening: what was written is not reset away. TLS says so too (close_notify, RFC 8446
    /// 6.1): a stream that only ends may have been cut off.
    /// </summary>
    /// <exception cref="IOException">The link broke.</exception>
    public void HalfClose()
    {
        if (_stream is SslStream tls)
        {
            tls.ShutdownAsync().GetAwaiter().GetResult();
        }

        TryShutdown(SocketShutdown.Send);
    }

    /// <summary>What has arrived can still be read, then comes the end of the stream.</summary>
    public void StopReading() => TryShutdown(SocketShutdown.Receive);

    /// <summary>Ends every call that is under way, and every later one. Any thread; idempotent.</summary>
    public void Abort()
    {
        Socket? socket;
        lock (_gate)
        {
            _aborted = true;
            socket = _socket;
        }

        socket?.Dispose();
    }

    /// <summary>Once no thread uses the stream any more.</summary>
    public void Dispose()
    {
        Abort();
        _stream.Dispose();
    }

    private bool IsAborted()
    {
        lock (_gate)
        {
            return _aborted;
        }
    }

    private void ConnectTo(IPEndPoint endPoint, TimeSpan limit, TimeProvider time)
    {
        // The kernel tunes the socket's buffers by itself, beyond what a process may ask for.
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (time.CreateTimer(_ => socket.Dispose(), null, limit, Timeout.InfiniteTimeSpan))
        {
            Adopt(socket);
            try
            {
                socket.Connect(endPoint);
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
            {
                socket.Dispose();
                throw failure as SocketException ?? new SocketException((int)SocketError.TimedOut);
            }
        }

        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    private void Adopt(Socket socket)
    {
        lock (_gate)
        {
            _socket = socket;
            if (_aborted)
            {
                socket.Dispose();
            }
        }
    }

    private void TryShutdown(SocketShutdown how)
    {
        try
        {
            _socket?.Shutdown(how);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException) { }
    }
}
