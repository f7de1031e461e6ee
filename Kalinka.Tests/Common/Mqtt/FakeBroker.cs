using System.Net;
using System.Net.Sockets;
using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Common.Mqtt;

/// <summary>A listener that follows a script byte for byte, to do what no sane broker does. One connection at a time.</summary>
internal sealed class FakeBroker : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private TcpClient? _client;

    public FakeBroker(int backlog = 5) => _listener.Start(backlog);

    /// <summary>CONNACK of MQTT 5 that grants everything by default.</summary>
    public static byte[] ConnAck { get; } = [0x20, 3, 0, 0, 0];

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public NetworkStream Stream => _client!.GetStream();

    public BrokerOptions Options(MqttVersion version = MqttVersion.V5) =>
        new("fake", "127.0.0.1", Port, version, null, null, null);

    /// <summary>Accepts, reads CONNECT and answers it.</summary>
    public async Task<byte[]> AcceptAsync(byte[]? answer = null)
    {
        _client?.Dispose();
        _client = await _listener.AcceptTcpClientAsync();
        _client.NoDelay = true;
        var connect = await ReadPacketAsync();
        await SendAsync(answer ?? ConnAck);
        return connect;
    }

    /// <summary>Connects one of ours, with an answer of the test's choice.</summary>
    public async Task<IMqttConnection> ConnectAsync(
        RecordingHandler? handler = null,
        byte[]? answer = null,
        MqttVersion version = MqttVersion.V5,
        MqttLimits? limits = null,
        TimeProvider? time = null,
        TimeSpan? keepAlive = null
    )
    {
        var options = Connecting.With(Options(version)) with { KeepAlive = keepAlive ?? TimeSpan.FromSeconds(30) };
        var connecting = options.ConnectAsync(handler, limits, time);
        await AcceptAsync(answer ?? (version == MqttVersion.V5 ? ConnAck : [0x20, 2, 0, 0]));
        return await connecting;
    }

    public async Task SendAsync(params byte[] bytes) => await Stream.WriteAsync(bytes);

    /// <summary>The next packet, whole.</summary>
    /// <exception cref="EndOfStreamException">The connection ended.</exception>
    public async Task<byte[]> ReadPacketAsync()
    {
        var header = new List<byte>();
        var length = 0;
        do
        {
            var next = new byte[1];
            await Stream.ReadExactlyAsync(next).AsTask().WaitAsync(Connecting.Soon);
            header.Add(next[0]);
            if (header.Count > 1)
            {
                length |= (next[0] & 0x7F) << (7 * (header.Count - 2));
            }
        } while (header.Count == 1 || (header[^1] & 0x80) != 0);
        var body = new byte[length];
        await Stream.ReadExactlyAsync(body).AsTask().WaitAsync(Connecting.Soon);
        return [.. header, .. body];
    }

    /// <summary>Closes our side of the connection, as a broker that goes.</summary>
    public void Hangup() => _client?.Close();

    public ValueTask DisposeAsync()
    {
        _client?.Dispose();
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }
}
