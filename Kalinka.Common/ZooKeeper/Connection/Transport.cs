using System.Net.Sockets;
using Kalinka.Common.Tls;

namespace Kalinka.Common.ZooKeeper.Connection;

/// <summary>Opens streams to servers: TCP, and TLS on the ensemble's secure port.</summary>
internal sealed class Transport(TlsOptions? tls)
{
    public async Task<Stream> OpenAsync(ServerAddress server, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server.Host, server.Port, cancellationToken);
            var stream = new NetworkStream(socket, ownsSocket: true);
            return tls is null ? stream : await TlsStream.OpenAsync(stream, server.Host, tls, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
