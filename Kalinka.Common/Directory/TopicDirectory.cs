using System.Runtime.CompilerServices;
using Kalinka.Common.Kafka;
using Kalinka.Common.Text;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Directory;

/// <summary>
/// The directory in a compacted topic of Kafka: every instance has the whole of it in memory. A look-up that finds nothing
/// while it is trusted is an absence, and no miss ever leaves the process.
/// </summary>
public sealed class TopicDirectory : ILocationDirectory, IAsyncDisposable
{
    /// <summary>Compaction keeps away for so long: whoever follows sees a refused record together with what counts.</summary>
    private static readonly TimeSpan CompactionLag = TimeSpan.FromMinutes(10);

    private const int ChangesInFlight = 10_000;

    private readonly DirectoryOptions _options;
    private readonly KafkaOptions _kafka;
    private readonly ILogger _logger;
    private readonly LocationTable _table;
    private readonly LocationLog _log;
    private readonly Conflicts _conflicts;
    private readonly TopicFeed _feed;
    private readonly TopicFollower _follower;
    private readonly TopicWriter _writer;
    private readonly TopicRepairs? _repairs;
    private readonly SharedSync _sync;
    private volatile bool _isFull;
    private volatile Action<string>[] _watchers = [];

    /// <param name="writes">This process changes entries, and repairs what conflicting changes leave.</param>
    /// <exception cref="KafkaFailureException">The Kafka properties make no client.</exception>
    public TopicDirectory(
        DirectoryOptions options,
        KafkaOptions kafka,
        string clientId,
        bool writes,
        TimeProvider time,
        ILoggerFactory loggers
    )
    {
        (_options, _kafka, _logger) = (options, kafka, loggers.CreateLogger<TopicDirectory>());
        _table = new LocationTable(options.Capacity);
        _conflicts = new Conflicts(time);
        _log = new LocationLog(_table, _conflicts);
        _feed = new TopicFeed(kafka, clientId, options.KafkaTopic, _logger, time);
        _follower = new TopicFollower(
            _feed,
            () => CompactedTopic.EnsureAsync(kafka, clientId, options.KafkaTopic, CompactionLag),
            OnRecord,
            Restart,
            time,
            _logger
        );
        _writer = new TopicWriter(kafka, clientId, options.KafkaTopic, loggers, time);
        _repairs = writes ? new TopicRepairs(_table, _conflicts, _writer, time, _logger) : null;
        _sync = new SharedSync(_follower.SyncAsync);
    }

    /// <summary>The topic was made anew: all entries are gone. On the follower's thread; return at once.</summary>
    public event Action? Emptied;

    public bool Trusted => _follower.Trusted && !_isFull;

    public string? WaitsFor
    {
        get
        {
            if (Trusted)
            {
                return null;
            }

            var topic = $"the directory's topic {_options.KafkaTopic} at {_kafka.BootstrapServers}";
            return _isFull ? $"{topic}: more than {_options.Capacity} clients, Kafka:DirectoryCapacity"
                : _follower.Problem is { } problem ? $"{topic}: {problem}"
                : $"{topic}: {_follower.Remaining} records to go";
        }
    }

    public int Count => _table.Count;

    /// <summary>What the entries take in memory, in bytes.</summary>
    public long Bytes => _table.Bytes;

    /// <summary>Keys whose last record was refused, and is to be overwritten by one that counts.</summary>
    public int Conflicting => _conflicts.Count;

    /// <summary>Begins to follow; returns at once. Call it once.</summary>
    public void Start()
    {
        _follower.Start();
        _repairs?.Start();
    }

    public Location Find(ReadOnlySpan<byte> clientId)
    {
        // Before the look-up: an absence counts only if the table could be trusted then.
        var trusted = Trusted;
        var location = _table.Find(clientId);
        return location.State == LocationState.Absent && !trusted ? Location.Unknown : location;
    }

    public async ValueTask<Location> ReadAsync(ReadOnlyMemory<byte> clientId, CancellationToken cancellationToken)
    {
        if (ClientPath.Fault(clientId.Span) is { } rejection)
        {
            throw new ArgumentException(rejection, nameof(clientId));
        }

        await _follower.CaughtUpAsync().WaitAsync(cancellationToken);
        return Find(clientId.Span);
    }

    public Task SyncAsync(CancellationToken cancellationToken) => _sync.AskAsync().WaitAsync(cancellationToken);

    /// <inheritdoc/>
    /// <remarks>A change that finds what it wanted is done, whoever made it.</remarks>
    /// <exception cref="KafkaFailureException">The cluster refuses the changes.</exception>
    public async Task<IReadOnlyList<ChangeOutcome>> ChangeAsync(
        IReadOnlyList<LocationChange> changes,
        CancellationToken cancellationToken
    )
    {
        await _follower.CaughtUpAsync().WaitAsync(cancellationToken);
        var outcomes = new List<ChangeOutcome>(changes.Count);
        var last = LastOfEach(changes);
        for (var start = 0; start < changes.Count; start += ChangesInFlight)
        {
            var count = Math.Min(ChangesInFlight, changes.Count - start);
            outcomes.AddRange(await ChangeAsync(changes, start, count, last, cancellationToken));
        }

        return outcomes;
    }

    public async IAsyncEnumerable<IReadOnlyList<LocationEntry>> EntriesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await _follower.CaughtUpAsync().WaitAsync(cancellationToken);
        foreach (var piece in _table.Pieces())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return piece;
        }
    }

    public void Watch(Action<string> changed)
    {
        lock (_table)
        {
            _watchers = [.. _watchers, changed];
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_repairs is not null)
        {
            await _repairs.DisposeAsync();
        }

        _follower.Dispose();
        _writer.Dispose();
        _feed.Dispose();
    }

    private static Dictionary<byte[], int> LastOfEach(IReadOnlyList<LocationChange> changes)
    {
        var last = new Dictionary<byte[], int>(changes.Count, ByteArrayComparer.Instance);
        var lookup = last.GetAlternateLookup<ReadOnlySpan<byte>>();
        for (var index = 0; index < changes.Count; index++)
        {
            lookup[changes[index].ClientId.Span] = index;
        }

        return last;
    }

    private async Task<IReadOnlyList<ChangeOutcome>> ChangeAsync(
        IReadOnlyList<LocationChange> changes,
        int start,
        int count,
        Dictionary<byte[], int> last,
        CancellationToken cancellationToken
    )
    {
        var batch = new ChangeBatch(count);
        for (var index = 0; index < count; index++)
        {
            var change = changes[start + index];
            if (ClientPath.Fault(change.ClientId.Span) is not null)
            {
                batch.Settle(index, ChangeOutcome.Rejected);
            }
            else if (IsStale(change) || LastOf(last, change) != start + index)
            {
                batch.Settle(index, ChangeOutcome.Changed);
            }
            else
            {
                await _writer.WriteAsync(change, change.Known.Version, batch, index, cancellationToken);
            }
        }

        return await batch.Completed.WaitAsync(cancellationToken);
    }

    private static int LastOf(Dictionary<byte[], int> last, LocationChange change) =>
        last.GetAlternateLookup<ReadOnlySpan<byte>>()[change.ClientId.Span];

    /// <summary>What is seen to have changed already need not be tried: each such record would have to be repaired.</summary>
    private bool IsStale(LocationChange change)
    {
        var version = _table.VersionOf(change.ClientId.Span);
        return version > change.Known.Version || (version < 0 && change.Known.Version >= 0);
    }

    private void OnRecord(in ConsumedRecord record, bool isLive)
    {
        record.TryGetHeader(ChangeHeader.Name, out var bytes);
        var header = ChangeHeader.Read(bytes);
        var isOwn = header.Writer == _writer.Id;
        var verdict = _log.Apply(
            record.Key,
            !record.HasValue,
            record.Value,
            header.Known,
            record.Offset,
            isLive,
            isOwn
        );
        if (isOwn)
        {
            _writer.OnRead(header.Sequence, verdict);
        }

        if (verdict == LogVerdict.Full)
        {
            Overflow();
        }
        else if (verdict == LogVerdict.Applied && isLive && _watchers is { Length: > 0 } watchers)
        {
            Tell(watchers, record.Key);
        }
    }

    private static void Tell(Action<string>[] watchers, ReadOnlySpan<byte> clientId)
    {
        var client = System.Text.Encoding.UTF8.GetString(clientId);
        foreach (var watcher in watchers)
        {
            watcher(client);
        }
    }

    private void Overflow()
    {
        if (!_isFull)
        {
            _isFull = true;
            _logger.LogError(
                "The directory has more than {Capacity} clients: those beyond are unknown here, and nobody counts as absent; raise Kafka:DirectoryCapacity and restart",
                _options.Capacity
            );
        }
    }

    private void Restart()
    {
        _table.Clear();
        _conflicts.Clear();
        Emptied?.Invoke();
    }
}
