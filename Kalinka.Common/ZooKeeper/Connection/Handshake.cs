using Kalinka.Common.ZooKeeper.Jute;

namespace Kalinka.Common.ZooKeeper.Connection;

/// <summary>The exchange that begins or resumes a session.</summary>
internal sealed class Handshake(Stream stream)
{
    /// <summary>The connection's frames, of which the first is the server's answer.</summary>
    public FrameReader Frames { get; } = new(stream, KeeperConnection.LargestReply);

    public async Task<ConnectResponse> ExchangeAsync(ConnectRequest request, CancellationToken cancellationToken)
    {
        var writer = new JuteWriter();
        request.Write(writer);
        await stream.WriteAsync(writer.Written, cancellationToken);
        if (await Frames.ReadAsync(cancellationToken) is { } frame)
        {
            return Parse(frame.Span);
        }

        throw new EndOfStreamException(
            "the server closed the connection at once: it is not serving, or behind what was seen"
        );
    }

    private static ConnectResponse Parse(ReadOnlySpan<byte> frame)
    {
        var reader = new JuteReader(frame);
        return ConnectResponse.Read(ref reader);
    }
}
