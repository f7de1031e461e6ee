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
    public static Task<ForeignConnection> TakeOverAsync(ZooKeeperClient client) =>
        OpenAsync(client.Server, new ConnectRequest(0, 6000, client.SessionId, client.SessionPassword.ToArray()));

    /// <summary>Somebody who makes an ephemeral and is gone without a word; the session lasts a second longer.</summary>
    public static async Task DieWithEphemeralAsync(string server, string path)
    {
        await using var connection = await OpenAsync(server, new ConnectRequest(0, 1000, 0, new byte[16]));
        await connection._stream.WriteAsync(RequestFrame.Create(path, default, CreateMode.Ephemeral, Acl.Open));
        await connection._handshake.Frames.ReadAsync(default);
    }

    public async Task EndSessionAsync()
    {
        await _stream.WriteAsync(RequestFrame.Build(OpCode.CloseSession));
        while (await _handshake.Frames.ReadAsync(default) is not null) { }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static async Task<ForeignConnection> OpenAsync(string server, ConnectRequest request)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPEndPoint.Parse(server));
        var connection = new ForeignConnection(new NetworkStream(socket, ownsSocket: true));
        var response = await connection._handshake.ExchangeAsync(request, default);
        Assert.That(response.Expired, Is.False);
        return connection;
    }
}
