using System.Collections.Concurrent;
using Kalinka.Common.ZooKeeper.Jute;

namespace Kalinka.Common.ZooKeeper.Connection;

/// <summary>One connection to one server, from the end of its handshake to its own: a side that writes, a side that reads, and a heartbeat.</summary>
internal sealed class KeeperConnection
{
    // ZooKeeper lets neither data nor request above 1 MB pass (jute.maxbuffer), and a reply adds little to them.
    public const int LargestRequest = 0xf_ffff;
    public const int LargestReply = LargestRequest + (64 * 1024);

    private const int BatchBytes = 64 * 1024;

    private readonly Stream _stream;
    private readonly FrameReader _frames;
    private readonly OutgoingQueue _outgoing;
    private readonly WatchRegistry _watches;
    private readonly Heartbeat _heartbeat;

    // Between the two sides: sent, and without a reply. Replies come in the order of the requests.
    private readonly ConcurrentQueue<PendingRequest> _inFlight = new();

    // The writing side's.
    private readonly JuteWriter _batch = new();
    private int _lastXid;

    public KeeperConnection(
        Stream stream,
        FrameReader frames,
        OutgoingQueue outgoing,
        WatchRegistry watches,
        TimeSpan sessionTimeout,
        TimeProvider time
    )
    {
        _stream = stream;
        _frames = frames;
        _outgoing = outgoing;
        _watches = watches;
        _heartbeat = new Heartbeat(sessionTimeout, outgoing, time);
    }

    /// <summary>The newest transaction that a reply told of; 0 before the first. For the session, once the connection has ended.</summary>
    public long LastZxid { get; private set; }

    /// <summary>
    /// Sends <paramref name="priming"/>, then what the queue holds, until the connection ends, and throws the reason. What
    /// was sent and has no reply has then failed with <see cref="KeeperCode.ConnectionLoss"/>.
    /// </summary>
    public async Task RunAsync(IEnumerable<PendingRequest> priming, CancellationToken cancellationToken)
    {
        foreach (var request in priming)
        {
            Append(request);
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] sides = [ReadAsync(ending.Token), WriteAsync(ending.Token), _heartbeat.RunAsync(ending.Token)];
        var first = await Task.WhenAny(sides);
        await ending.CancelAsync();
        await _stream.DisposeAsync();
        await Task.WhenAll(sides).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        FailInFlight(first.Exception?.InnerException);
        await first;
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        while (true)
        {
            while (_batch.Length < BatchBytes && _outgoing.TryTake(out var request))
            {
                Append(request);
            }

            if (_batch.Length == 0)
            {
                await _outgoing.WaitAsync(cancellationToken);
                continue;
            }

            await _stream.WriteAsync(_batch.Written, cancellationToken);
            _batch.Clear();
            _heartbeat.Sent();
        }
    }

    private void Append(PendingRequest request)
    {
        if (request.Xid >= 0)
        {
            request.Number(_lastXid = _lastXid == int.MaxValue ? 1 : _lastXid + 1);
        }

        if (request.Xid != Xid.Ping)
        {
            _inFlight.Enqueue(request);
        }

        _batch.WriteRaw(request.Frame);
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        while (await _frames.ReadAsync(cancellationToken) is { } frame)
        {
            _heartbeat.Heard();
            Take(frame.Span);
        }

        throw new EndOfStreamException("the server closed the connection");
    }

    private void Take(ReadOnlySpan<byte> frame)
    {
        var body = new JuteReader(frame);
        var xid = body.ReadInt();
        LastZxid = Math.Max(LastZxid, body.ReadLong());
        var code = (KeeperCode)body.ReadInt();
        switch (xid)
        {
            case Xid.Ping:
                break;
            case Xid.Notification:
                _watches.Dispatch(ref body);
                break;
            case var _ when _inFlight.TryPeek(out var asked) && asked.Xid == xid:
                _inFlight.TryDequeue(out _);
                asked.Complete(code, ref body);
                break;
            default:
                throw new InvalidDataException($"a reply with xid {xid} that was not its turn: this is no ZooKeeper");
        }
    }

    // Once nothing is sent any more: whoever hears of the end and asks again shall not be put onto this connection.
    private void FailInFlight(Exception? reason)
    {
        if (reason is OversizeFrameException oversize && _inFlight.TryDequeue(out var asked))
        {
            // Only replies grow, and they keep their order: this one was for the oldest request.
            asked.Fail(new ZooKeeperException(KeeperCode.MarshallingError, asked.Path, oversize.Message));
        }

        var refused = reason is ZooKeeperException { Code: KeeperCode.AuthFailed };
        var code = refused ? KeeperCode.AuthFailed : KeeperCode.ConnectionLoss;
        while (_inFlight.TryDequeue(out var request))
        {
            request.Fail(new ZooKeeperException(code, request.Path, reason?.Message));
        }
    }
}
