using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Kalinka.Tests.Common.Mqtt;

/// <summary>Stands between a client and a broker, passes everything on, and keeps what the client sent.</summary>
internal sealed class RecordedWire : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly MemoryStream _sent = new();
    private readonly Task _relaying;

    private RecordedWire(int brokerPort)
    {
        _listener.Start();
        _relaying = RelayAsync(brokerPort);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public static RecordedWire To(int brokerPort) => new(brokerPort);

    /// <summary>The length of the last TLS record (RFC 8446 5.2), once the client has ended the stream.</summary>
    public async Task<int> LastTlsRecordAsync()
    {
        await _relaying.WaitAsync(Connecting.Soon);
        var sent = _sent.ToArray();
        var length = 0;
        for (var position = 0; position < sent.Length; )
        {
            length = BinaryPrimitives.ReadUInt16BigEndian(sent.AsSpan(position + 3));
            position += 5 + length;
        }

        return length;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _relaying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RelayAsync(int brokerPort)
    {
        using var client = await _listener.AcceptTcpClientAsync();
        using var broker = new TcpClient();
        await broker.ConnectAsync(IPAddress.Loopback, brokerPort);
        var answers = broker.GetStream().CopyToAsync(client.GetStream());
        var chunk = new byte[16 * 1024];
        for (int size; (size = await client.GetStream().ReadAsync(chunk)) > 0; )
        {
            await _sent.WriteAsync(chunk.AsMemory(0, size));
            await broker.GetStream().WriteAsync(chunk.AsMemory(0, size));
        }

        broker.Client.Shutdown(SocketShutdown.Send);
        await answers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
