using System.Text;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Directory;

/// <summary>
/// The directory in ZooKeeper: a bounded cache before it, and one lasting watch on all clients that takes out of the cache
/// what changed. Its session is its own: what ephemerals stand for must not wait behind the directory's load.
/// </summary>
public sealed class ZnodeDirectory : ILocationDirectory, IAsyncDisposable
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(10);

    private readonly ZooKeeperClient _client;
    private readonly string _root;
    private readonly string _server;
    private readonly ClientPath _paths;
    private readonly LocationCache _cache;
    private readonly LocationReads _reads;
    private readonly LocationWriter _writer;
    private readonly LocationScan _scan;
    private readonly SharedSync _sync;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ended = new();
    private Task _watching = Task.CompletedTask;

    // An epoch is the time of one unbroken watch: what was read in an earlier one may have changed unseen.
    private int _epoch;
    private volatile bool _watched;
    private volatile string? _refusal;
    private bool _warned;
    private volatile Action<string>[] _watchers = [];

    /// <param name="client">For this directory alone; its owner starts and closes it.</param>
    /// <param name="options">The paths.</param>
    /// <param name="capacity">Entries in the cache, 1 or more.</param>
    /// <param name="keepDetails">Also keep the JSON behind the broker's name, up to 1 KiB; else only a read tells it.</param>
    /// <param name="time">For pauses before a busy server.</param>
    /// <param name="logger">Where it says what it cannot do.</param>
    public ZnodeDirectory(
        ZooKeeperClient client,
        ZooKeeperOptions options,
        int capacity,
        bool keepDetails,
        TimeProvider time,
        ILogger logger
    )
    {
        (_client, _root, _time, _logger) = (client, options.ClientsPath, time, logger);
        _server = options.ConnectionString;
        var data = new LocationData();
        _paths = new ClientPath(_root, options.Shards);
        _cache = new LocationCache(capacity, keepDetails);
        _reads = new LocationReads(client, _cache, data, () => Volatile.Read(ref _epoch), time, _ended.Token);
        _writer = new LocationWriter(client, _paths, _reads, time);
        _scan = new LocationScan(client, options, _paths, data, time);
        _sync = new SharedSync(SyncOnceAsync);
    }

    public bool Trusted => _watched && _client.State == KeeperState.Connected;

    public string? WaitsFor =>
        Trusted ? null
        : _refusal is { } refusal ? $"the watch of the directory at {_server}: {refusal}"
        : $"the watch of the directory at {_server}";

    /// <summary>Entries in the cache, absences among them.</summary>
    public int Count => _cache.Count;

    /// <summary>Begins to watch. Call it once, before or after the client's start.</summary>
    public void Start()
    {
        _client.StateChanged += OnState;
        _watching = WatchAsync();
    }

    public Location Find(ReadOnlySpan<byte> clientId)
    {
        var location = _cache.Find(clientId, out var epoch);
        var fresh = location.State == LocationState.Unknown || epoch == Volatile.Read(ref _epoch);

        // While ZooKeeper is away nothing can be read again: what is known is used.
        return fresh || !Trusted ? location : location with { State = LocationState.Stale };
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// No znode can stand for this client id (<see cref="ClientPath.TryMap"/> says the same without throwing).
    /// </exception>
    public ValueTask<Location> ReadAsync(ReadOnlyMemory<byte> clientId, CancellationToken cancellationToken)
    {
        if (!_paths.TryMap(clientId.Span, out var path, out var rejection))
        {
            throw new ArgumentException(rejection, nameof(clientId));
        }

        return new ValueTask<Location>(_reads.Join(clientId, path).WaitAsync(cancellationToken));
    }

    public Task SyncAsync(CancellationToken cancellationToken) => _sync.AskAsync().WaitAsync(cancellationToken);

    /// <inheritdoc/>
    /// <remarks>
    /// What was changed is not in the cache afterwards: the next look-up reads it, and what others changed meanwhile. A
    /// change that finds what it wanted is done, whoever made it: the reply to our own may have been lost. A znode that
    /// was deleted and made again has version 0 again.
    /// </remarks>
    /// <exception cref="ZooKeeperException">The ensemble refuses the changes: NoAuth, ...</exception>
    public Task<IReadOnlyList<ChangeOutcome>> ChangeAsync(
        IReadOnlyList<LocationChange> changes,
        CancellationToken cancellationToken
    ) => _writer.ChangeAsync(changes, cancellationToken);

    public IAsyncEnumerable<IReadOnlyList<LocationEntry>> EntriesAsync(CancellationToken cancellationToken) =>
        _scan.EntriesAsync(cancellationToken);

    /// <summary>How many entries there are, at the cost of a look at each shard.</summary>
    public Task<long> CountAsync(CancellationToken cancellationToken) => _scan.CountAsync(cancellationToken);

    public void Watch(Action<string> changed)
    {
        lock (_ended)
        {
            _watchers = [.. _watchers, changed];
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.StateChanged -= OnState;
        await _ended.CancelAsync();
        await _watching;
        _ended.Dispose();
    }

    private async Task WatchAsync()
    {
        try
        {
            while (!await TryWatchAsync())
            {
                await Task.Delay(TryAgain, _time, _ended.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException) { }
    }

    // What is refused today may be allowed tomorrow: an ACL is mended, a server is upgraded.
    private async Task<bool> TryWatchAsync()
    {
        try
        {
            if (!_watched)
            {
                await TransientFailures.OutlastAsync(SetWatchAsync, _time, _ended.Token);
                Interlocked.Increment(ref _epoch);
                _watched = true;
            }

            await TransientFailures.OutlastAsync(MakeRootAsync, _time, _ended.Token);
            _refusal = null;
            return true;
        }
        catch (ZooKeeperException e)
        {
            Refuse(e.Message);
            return false;
        }
    }

    // The same reason again and again is told once.
    private void Refuse(string reason)
    {
        if (_refusal != reason)
        {
            _refusal = reason;
            _logger.LogError(
                "The directory at {Path} is refused: {Reason} (the watch it needs is known to ZooKeeper since 3.6); goes on trying",
                _root,
                reason
            );
        }
    }

    private async Task<bool> SetWatchAsync(CancellationToken cancellationToken)
    {
        await _client.AddWatchAsync(_root, AddWatchMode.PersistentRecursive, OnEvent, cancellationToken);
        return true;
    }

    private async Task<bool> MakeRootAsync(CancellationToken cancellationToken)
    {
        await _client.EnsurePathAsync(_root, cancellationToken);
        return true;
    }

    private async Task SyncOnceAsync() =>
        await TransientFailures.OutlastAsync(
            async token =>
            {
                await _client.SyncAsync(_root, token);
                return true;
            },
            _time,
            _ended.Token
        );

    private void OnState(KeeperState state)
    {
        if (state == KeeperState.Connecting)
        {
            Interlocked.Increment(ref _epoch);
        }
    }

    private void OnEvent(WatchedEvent happened)
    {
        if (_paths.ClientOf(happened.Path) is not { } clientId)
        {
            return;
        }

        var bytes = Encoding.UTF8.GetBytes(clientId);
        WarnIfMisplaced(happened.Path, bytes);
        _reads.Forget(bytes);
        foreach (var watcher in _watchers)
        {
            watcher(clientId);
        }
    }

    // On the client's thread. Whoever writes such znodes writes many: one is told.
    private void WarnIfMisplaced(string path, ReadOnlySpan<byte> clientId)
    {
        if (!_warned && _paths.MisplacedFrom(path, clientId) is { } own)
        {
            _warned = true;
            _logger.LogWarning(
                "{Path} is no entry of a client: this client's is {Own}. Such znodes are passed over; further ones are not told",
                path,
                own
            );
        }
    }
}
