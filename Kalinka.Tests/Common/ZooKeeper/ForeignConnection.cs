using System.Net;
using System.Net.Sockets;
using Kalinka.Common.ZooKeeper;
using Kalinka.Common.ZooKeeper.Connection;
using Kalinka.Common.ZooKeeper.Jute;

namespace Kalinka.Tests.Common.ZooKeeper;

/// <summary>A second connection for a client's session, as somebody makes it who knows its id and password.</summary>
internal sealed class ForeignConnection : IAsyncDisposable
{
    private readonly NetworkStream _stream;
    private readonly Handshake _handshake;

    private ForeignConnection(NetworkStream stream)
    {
        _stream = stream;
        _handshake = new Handshake(stream);
    }

    /// <summary>At the client's own server, which closes the client's connection for it.</summary>
    public static async Task<ForeignConnection> TakeOverAsync(ZooKeeperClient client)
    {
        var request = new ConnectRequest(0, 6000, client.SessionId, client.SessionPassword.ToArray());
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPEndPoint.Parse(client.Server));
        var connection = new ForeignConnection(new NetworkStream(socket, ownsSocket: true));
        var response = await connection._handshake.ExchangeAsync(request, default);
        Assert.That(response.Expired, Is.False);
        return connection;
    }

    public async Task EndSessionAsync()
    {
        await _stream.WriteAsync(RequestFrame.Build(OpCode.CloseSession));
        while (await _handshake.Frames.ReadAsync(default) is not null) { }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
