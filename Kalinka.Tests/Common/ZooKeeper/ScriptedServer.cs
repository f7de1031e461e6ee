using System.Net;
using System.Net.Sockets;
using Kalinka.Common.ZooKeeper;
using Kalinka.Common.ZooKeeper.Connection;
using Kalinka.Common.ZooKeeper.Jute;

namespace Kalinka.Tests.Common.ZooKeeper;

/// <summary>A server that behaves as a test tells it, connection by connection; the last script is for all that follow.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _serving;

    public ScriptedServer(params Func<Peer, Task>[] scripts)
    {
        _listener.Start();
        _serving = ServeAsync(scripts);
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _serving;
        _listener.Dispose();
        _ended.Dispose();
    }

    private async Task ServeAsync(Func<Peer, Task>[] scripts)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                using var socket = await _listener.AcceptSocketAsync(_ended.Token);
                await using var stream = new NetworkStream(socket);
                await scripts[Math.Min(i, scripts.Length - 1)](new Peer(stream, _ended.Token));
            }
        }
        catch (OperationCanceledException) { }
    }

    /// <summary>One connection, as its script sees it.</summary>
    internal sealed class Peer(NetworkStream stream, CancellationToken ended)
    {
        private readonly FrameReader _frames = new(stream, KeeperConnection.LargestRequest);

        public async Task<ConnectRequest> GreetAsync(int timeoutMs = 4000, long session = 7)
        {
            var request = Parse((await _frames.ReadAsync(ended))!.Value.Span);
            var writer = new JuteWriter();
            new ConnectResponse(timeoutMs, session, new byte[16]).Write(writer);
            await SendAsync(writer.Written);
            return request;
        }

        public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await stream.WriteAsync(bytes, ended);

        /// <summary>A frame with a reply's header.</summary>
        public async Task ReplyAsync(int xid, KeeperCode code, Action<JuteWriter>? record = null)
        {
            var writer = new JuteWriter();
            var frame = writer.BeginFrame();
            writer.WriteInt(xid);
            writer.WriteLong(1);
            writer.WriteInt((int)code);
            record?.Invoke(writer);
            writer.EndFrame(frame);
            await SendAsync(writer.Written);
        }

        /// <summary>The next request but pings; null when the client has closed.</summary>
        public async Task<(int Xid, OpCode Type)?> RequestAsync()
        {
            while (await _frames.ReadAsync(ended) is { } frame)
            {
                var header = Header(frame.Span);
                if (header.Xid != Xid.Ping)
                {
                    return header;
                }
            }

            return null;
        }

        /// <summary>Says nothing until the client closes.</summary>
        public async Task IgnoreAsync()
        {
            while (await _frames.ReadAsync(ended) is not null) { }
        }

        private static ConnectRequest Parse(ReadOnlySpan<byte> frame)
        {
            var reader = new JuteReader(frame);
            return ConnectRequest.Read(ref reader);
        }

        private static (int Xid, OpCode Type) Header(ReadOnlySpan<byte> frame)
        {
            var reader = new JuteReader(frame);
            return (reader.ReadInt(), (OpCode)reader.ReadInt());
        }
    }
}
