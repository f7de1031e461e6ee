using Kalinka.Common.ZooKeeper.Connection;
using Kalinka.Common.ZooKeeper.Jute;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.ZooKeeper;

/// <summary>
/// A client of one ZooKeeper ensemble, with the names of ZooKeeper's own. Any thread; requests are pipelined on one
/// connection and answered in order.
/// </summary>
/// <remarks>
/// <para>An ensemble that is away never throws: the client tries its servers for ever. A request that has not been sent
/// waits, as long as its CancellationToken lets it; one that was sent fails with <see cref="KeeperCode.ConnectionLoss"/>
/// when the connection breaks before its reply, and whether it was carried out is then unknown (so it is when the wait for
/// a sent request is cancelled). When the session expires, what waits fails with <see cref="KeeperCode.SessionExpired"/>;
/// the client begins a fresh session by itself and sets its watches again. After <see cref="CloseAsync"/> requests fail with
/// <see cref="ObjectDisposedException"/>.</para>
/// <para>A reply that the server refuses is a <see cref="ZooKeeperException"/>. Paths stand below the chroot of the
/// connection string; the chroot is created when it is missing. A path that is none is an <see cref="ArgumentException"/>.</para>
/// </remarks>
public sealed class ZooKeeperClient : IAsyncDisposable
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly KeeperSession _session;
    private readonly WatchRegistry _watches;
    private readonly Chroot _chroot;
    private int _closed;

    /// <exception cref="ArgumentException">The connection string is none; see <see cref="ConnectionString.TryParse"/>.</exception>
    public ZooKeeperClient(ZooKeeperOptions options, TimeProvider time, ILogger logger)
    {
        if (!ConnectionString.TryParse(options.ConnectionString, out var ensemble, out var error))
        {
            throw new ArgumentException(error, nameof(options));
        }

        _chroot = new Chroot(ensemble.Chroot);
        _watches = new WatchRegistry(_chroot, logger);
        _session = new KeeperSession(options, ensemble, _watches, time, logger);
    }

    /// <summary>Every change of <see cref="State"/>, in order, on the client's thread: return at once.</summary>
    public event Action<KeeperState>? StateChanged
    {
        add => _session.Status.Changed += value;
        remove => _session.Status.Changed -= value;
    }

    public KeeperState State => _session.Status.State;

    /// <summary>The session's id, which ephemerals bear as their owner; 0 before there is one.</summary>
    public long SessionId => _session.SessionId;

    /// <summary>The server that the client is connected to, or tries.</summary>
    public string Server => _session.Status.Server;

    /// <summary>Why the last connection ended or did not come about, with its server; null when none has.</summary>
    public string? LastError => _session.Status.LastError;

    internal ReadOnlySpan<byte> SessionPassword => _session.Password;

    /// <summary>Begins to connect; returns at once. Call it once.</summary>
    public void Start() => _session.Start();

    /// <param name="path">Its parent must exist.</param>
    /// <param name="data">At most 1 MB.</param>
    /// <param name="mode">The kind of znode.</param>
    /// <param name="acl">Null: open to everybody.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ZooKeeperException">NodeExists, NoNode (of the parent), NoAuth, ConnectionLoss, ...</exception>
    public Task<CreatedZnode> CreateAsync(
        string path,
        ReadOnlyMemory<byte> data,
        CreateMode mode,
        Acl? acl = null,
        CancellationToken cancellationToken = default
    )
    {
        var frame = RequestFrame.Create(OnServer(path), data, mode, acl ?? Acl.Open);
        return SendAsync(
            frame,
            path,
            (ref JuteReader body) =>
            {
                var created = _chroot.FromServer(body.ReadString());
                return new CreatedZnode(created, Stat.Read(ref body));
            },
            cancellationToken
        );
    }

    /// <param name="path">A znode without children.</param>
    /// <param name="version">What its data must have; -1 for any.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ZooKeeperException">NoNode, BadVersion, NotEmpty, ...</exception>
    public Task DeleteAsync(string path, int version, CancellationToken cancellationToken = default) =>
        SendAsync(
            RequestFrame.Numbered(OpCode.Delete, OnServer(path), version),
            path,
            static (ref JuteReader _) => true,
            cancellationToken
        );

    /// <returns>Null when there is no such znode.</returns>
    public Task<Stat?> ExistsAsync(string path, CancellationToken cancellationToken = default) =>
        _session.SendAsync(
            new ClientRequest<Stat?>(
                RequestFrame.Read(OpCode.Exists, OnServer(path)),
                path,
                static (ref JuteReader body) => Stat.Read(ref body),
                noNodeIsAnswer: true
            ),
            cancellationToken
        );

    /// <exception cref="ZooKeeperException">NoNode, NoAuth, ...</exception>
    public Task<Znode> GetDataAsync(string path, CancellationToken cancellationToken = default) =>
        SendAsync(RequestFrame.Read(OpCode.GetData, OnServer(path)), path, ReadZnode, cancellationToken);

    /// <summary><see cref="GetDataAsync"/> where absence is no exception.</summary>
    /// <returns>Null when there is no such znode.</returns>
    public Task<Znode?> FindDataAsync(string path, CancellationToken cancellationToken = default) =>
        _session.SendAsync(
            new ClientRequest<Znode?>(
                RequestFrame.Read(OpCode.GetData, OnServer(path)),
                path,
                static (ref JuteReader body) => ReadZnode(ref body),
                noNodeIsAnswer: true
            ),
            cancellationToken
        );

    /// <param name="path">The znode.</param>
    /// <param name="data">At most 1 MB.</param>
    /// <param name="version">What its data must have now; -1 for any.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ZooKeeperException">NoNode, BadVersion, ...</exception>
    public Task<Stat> SetDataAsync(
        string path,
        ReadOnlyMemory<byte> data,
        int version,
        CancellationToken cancellationToken = default
    ) => SendAsync(RequestFrame.SetData(OnServer(path), data, version), path, Stat.Read, cancellationToken);

    /// <summary>The names of the children, in no order.</summary>
    /// <exception cref="ZooKeeperException">NoNode; MarshallingError when the names exceed 1 MB: the connection ends with it.</exception>
    public Task<string[]> GetChildrenAsync(string path, CancellationToken cancellationToken = default) =>
        SendAsync(
            RequestFrame.Read(OpCode.GetChildren, OnServer(path)),
            path,
            static (ref JuteReader body) => body.ReadStrings(),
            cancellationToken
        );

    /// <summary>The server catches up with its leader: reads that follow see what was written before.</summary>
    public Task SyncAsync(string path, CancellationToken cancellationToken = default) =>
        SendAsync(RequestFrame.Sync(OnServer(path)), path, static (ref JuteReader _) => true, cancellationToken);

    /// <summary>All of the operations or none; a refusal is a value here.</summary>
    public Task<MultiResult> MultiAsync(IReadOnlyList<Op> ops, CancellationToken cancellationToken = default)
    {
        foreach (var op in ops)
        {
            ZnodePath.ThrowIfFaulty(op.Path);
        }

        var frame = MultiRecord.Request(ops, _chroot);
        return SendAsync(frame, null, (ref JuteReader body) => MultiRecord.Read(ref body, _chroot), cancellationToken);
    }

    /// <summary>
    /// Sets a lasting watch, also on a znode that is not there. It outlives connections and sessions, but what happens
    /// while there is no connection is not told: read again after <see cref="KeeperState.Connected"/>.
    /// </summary>
    /// <param name="path">What is watched.</param>
    /// <param name="mode">This znode, or all below it.</param>
    /// <param name="watcher">Called on the client's thread, before the reply of any request that saw the change: return at once.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task AddWatchAsync(
        string path,
        AddWatchMode mode,
        Action<WatchedEvent> watcher,
        CancellationToken cancellationToken = default
    ) =>
        SendAsync(
            RequestFrame.Numbered(OpCode.AddWatch, OnServer(path), (int)mode),
            path,
            (ref JuteReader _) =>
            {
                // Here, in the order of the replies: an event may stand right behind this one.
                _watches.Add(path, mode, watcher);
                return true;
            },
            cancellationToken
        );

    /// <summary>Ends all watches that were set on this path.</summary>
    /// <exception cref="ZooKeeperException">NoWatcher, ...</exception>
    public Task RemoveWatchesAsync(string path, CancellationToken cancellationToken = default)
    {
        const int anyKind = 3;
        return SendAsync(
            RequestFrame.Numbered(OpCode.RemoveWatches, OnServer(path), anyKind),
            path,
            (ref JuteReader _) =>
            {
                _watches.Remove(path);
                return true;
            },
            cancellationToken
        );
    }

    /// <summary>Creates what is missing of a path, as persistent znodes without data.</summary>
    public async Task EnsurePathAsync(string path, CancellationToken cancellationToken = default)
    {
        while (await ExistsAsync(path, cancellationToken) is null)
        {
            if (ZnodePath.Parent(path) is { } parent)
            {
                await EnsurePathAsync(parent, cancellationToken);
            }

            try
            {
                await CreateAsync(path, default, CreateMode.Persistent, null, cancellationToken);
            }
            catch (ZooKeeperException e) when (e.Code is KeeperCode.NodeExists or KeeperCode.NoNode) { }
        }
    }

    /// <summary>Ends the session, if a server can be told of it: its ephemerals go at once. Else they go with its time-out.</summary>
    public async Task CloseAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            await _session.LeaveAsync(Farewell);
            await _session.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync() => await CloseAsync();

    private static Znode ReadZnode(ref JuteReader body)
    {
        var data = body.ReadBuffer().ToArray();
        return new Znode(data, Stat.Read(ref body));
    }

    private string OnServer(string path)
    {
        ZnodePath.ThrowIfFaulty(path);
        return _chroot.ToServer(path);
    }

    private Task<T> SendAsync<T>(
        byte[] frame,
        string? path,
        ReplyRecord<T> read,
        CancellationToken cancellationToken
    ) => _session.SendAsync(new ClientRequest<T>(frame, path, read), cancellationToken);
}
