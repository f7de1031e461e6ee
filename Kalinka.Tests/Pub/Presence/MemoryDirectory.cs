using System.Text;
using Kalinka.Common.Directory;

namespace Kalinka.Tests.Pub.Presence;

/// <summary>
/// The entries that several instances share, with the rules of the real one: versions, one event for each change. Any thread.
/// </summary>
internal sealed class MemoryDirectory
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Location> _entries = [];
    private readonly List<Action<string>> _watchers = [];

    /// <summary>Changes that were carried out.</summary>
    public int Changes { get; private set; }

    /// <summary>Batches that were asked for.</summary>
    public int Batches { get; private set; }

    /// <summary>Reads of single entries.</summary>
    public int Reads { get; private set; }

    /// <summary>Thrown instead of changing anything.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Changes wait for it, before they are made; null: for nothing.</summary>
    public Task? Held { get; set; }

    /// <summary>Done by somebody else between an instance's reading and its writing; once.</summary>
    public Action? BeforeChange { get; set; }

    /// <summary>As a person reads it: <c>b1</c>, <c>b1 gone</c> when marked, or nothing.</summary>
    public string this[string client]
    {
        get
        {
            lock (_lock)
            {
                return _entries.TryGetValue(client, out var entry)
                    ? entry.Broker + (entry.Details.OfflineSince == 0 ? "" : " gone")
                    : "";
            }
        }
    }

    public LocationDetails DetailsOf(string client)
    {
        lock (_lock)
        {
            return _entries[client].Details;
        }
    }

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Another instance's, or an operator's, write.</summary>
    public void Set(string client, string? broker, LocationDetails details = default)
    {
        lock (_lock)
        {
            var version = _entries.TryGetValue(client, out var entry) ? entry.Version + 1 : 0;
            _entries[client] = new Location(LocationState.Present, broker, version) { Details = details };
        }

        Tell(client);
    }

    public void Delete(string client)
    {
        lock (_lock)
        {
            _entries.Remove(client);
        }

        Tell(client);
    }

    /// <summary>What one instance has of it.</summary>
    public ILocationDirectory Connect() => new View(this);

    private Location Read(string client)
    {
        lock (_lock)
        {
            Reads++;
            return _entries.GetValueOrDefault(client, Location.Absent);
        }
    }

    private IReadOnlyList<ChangeOutcome> Change(IReadOnlyList<LocationChange> changes)
    {
        lock (_lock)
        {
            Batches++;
        }

        if (Failure is { } failure)
        {
            throw failure;
        }

        var before = BeforeChange;
        BeforeChange = null;
        before?.Invoke();
        return [.. changes.Select(Change)];
    }

    private ChangeOutcome Change(LocationChange change)
    {
        var client = Encoding.UTF8.GetString(change.ClientId.Span);
        lock (_lock)
        {
            var version = _entries.TryGetValue(client, out var entry) ? entry.Version : -1;
            if (version != change.Known.Version)
            {
                return ChangeOutcome.Changed;
            }

            Changes++;
            if (change.Kind == LocationChangeKind.Remove)
            {
                _entries.Remove(client);
            }
            else
            {
                _entries[client] = new Location(LocationState.Present, change.Broker, version + 1)
                {
                    Details = change.Details,
                };
            }
        }

        Tell(client);
        return ChangeOutcome.Done;
    }

    private void Tell(string client)
    {
        foreach (var watcher in _watchers)
        {
            watcher(client);
        }
    }

    private sealed class View(MemoryDirectory shared) : ILocationDirectory
    {
        public bool Trusted => true;

        public string? WaitsFor => null;

        public int Count => shared.Count;

        // What is not there is unknown, as after an event: it is read when it matters.
        public Location Find(ReadOnlySpan<byte> clientId)
        {
            lock (shared._lock)
            {
                return shared
                    ._entries.GetAlternateLookup<ReadOnlySpan<char>>()
                    .TryGetValue(Text(clientId, stackalloc char[256]), out var entry)
                    ? entry
                    : Location.Unknown;
            }
        }

        public ValueTask<Location> ReadAsync(ReadOnlyMemory<byte> clientId, CancellationToken cancellationToken)
        {
            var client = Encoding.UTF8.GetString(clientId.Span);
            return client.Contains('\0')
                ? throw new ArgumentException("no znode can be named so", nameof(clientId))
                : ValueTask.FromResult(shared.Read(client));
        }

        public Task SyncAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task<IReadOnlyList<ChangeOutcome>> ChangeAsync(
            IReadOnlyList<LocationChange> changes,
            CancellationToken cancellationToken
        )
        {
            await (shared.Held?.WaitAsync(cancellationToken) ?? Task.CompletedTask);
            return await Task.Run(() => shared.Change(changes), cancellationToken);
        }

        public async IAsyncEnumerable<IReadOnlyList<LocationEntry>> EntriesAsync(
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
        )
        {
            await Task.Yield();
            LocationEntry[] entries;
            lock (shared._lock)
            {
                entries =
                [
                    .. shared._entries.Select(each => new LocationEntry(Encoding.UTF8.GetBytes(each.Key), each.Value)),
                ];
            }

            foreach (var piece in entries.Chunk(3))
            {
                yield return piece;
            }
        }

        public void Watch(Action<string> changed) => shared._watchers.Add(changed);

        private static ReadOnlySpan<char> Text(ReadOnlySpan<byte> utf8, Span<char> into) =>
            utf8.Length > into.Length ? Encoding.UTF8.GetString(utf8) : into[..Encoding.UTF8.GetChars(utf8, into)];
    }
}
