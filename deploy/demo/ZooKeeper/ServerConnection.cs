using System.Threading.Channels;
using Kalinka.Common.ZooKeeper;
using Kalinka.Common.ZooKeeper.Jute;

namespace Kalinka.QuickStart.ZooKeeper;

/// <summary>One client's connection: a side that reads and carries out, and a side that writes what has gathered.</summary>
internal sealed class ServerConnection(Stream stream, ServerState state)
{
    private const int LargestRequest = 0xf_ffff;

    private readonly Channel<bool> _filled = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    // Under the server's lock.
    private JuteWriter _gathering = new();
    private JuteWriter _spare = new();
    private bool _closed;

    public async Task RunAsync()
    {
        Arrive();
        var writing = WriteAsync();
        try
        {
            await ReadAsync(new FrameReader(stream, LargestRequest));
        }
        catch (Exception e) when (e is IOException or InvalidDataException or ObjectDisposedException) { }
        finally
        {
            Leave();
            await writing;
        }
    }

    /// <summary>Writes out what has gathered, and closes. Under the server's lock.</summary>
    public void Close()
    {
        _closed = true;
        Signal();
    }

    /// <summary>Under the server's lock.</summary>
    public void Notify(WatchedEvent happened)
    {
        const int syncConnected = 3;
        Reply(
            Xid.Notification,
            -1,
            KeeperCode.Ok,
            writer =>
            {
                writer.WriteInt((int)happened.Type);
                writer.WriteInt(syncConnected);
                writer.WriteString(happened.Path);
            }
        );
    }

    /// <summary>Under the server's lock.</summary>
    public void Reply(int xid, long zxid, KeeperCode code, Action<JuteWriter>? record)
    {
        var frame = _gathering.BeginFrame();
        _gathering.WriteInt(xid);
        _gathering.WriteLong(zxid);
        _gathering.WriteInt((int)code);
        record?.Invoke(_gathering);
        _gathering.EndFrame(frame);
        Signal();
    }

    private async Task ReadAsync(FrameReader frames)
    {
        if (await frames.ReadAsync(default) is not { } greeting || Greet(greeting.Span) is not { } session)
        {
            return;
        }

        while (await frames.ReadAsync(default) is { } frame)
        {
            lock (state.Gate)
            {
                if (_closed)
                {
                    return;
                }

                session.Heard();
                RequestExecution.Execute(state, session, this, frame.Span);
            }
        }
    }

    private ServerSession? Greet(ReadOnlySpan<byte> frame)
    {
        var reader = new JuteReader(frame);
        var request = ConnectRequest.Read(ref reader);
        lock (state.Gate)
        {
            // Who has seen more than this server must not be shown less.
            if (request.LastZxidSeen > state.Tree.Zxid)
            {
                return null;
            }

            var session = state.Open(request, this);
            var response = session is null
                ? new ConnectResponse(0, 0, new byte[16])
                : new ConnectResponse((int)session.Timeout.TotalMilliseconds, session.Id, session.Password);
            response.Write(_gathering);
            Signal();
            return session;
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            while (true)
            {
                await _filled.Reader.ReadAsync();
                var (gathered, last) = Take();
                await stream.WriteAsync(gathered.Written);
                gathered.Clear();
                if (last)
                {
                    break;
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException) { }
        finally
        {
            await stream.DisposeAsync();
        }
    }

    private (JuteWriter Gathered, bool Last) Take()
    {
        lock (state.Gate)
        {
            (_gathering, _spare) = (_spare, _gathering);
            return (_spare, _closed);
        }
    }

    private void Arrive()
    {
        lock (state.Gate)
        {
            state.Connections.Add(this);
        }
    }

    private void Leave()
    {
        lock (state.Gate)
        {
            state.Connections.Remove(this);
            state.Watches.Forget(this);
            Close();
        }
    }

    private void Signal() => _filled.Writer.TryWrite(true);
}
