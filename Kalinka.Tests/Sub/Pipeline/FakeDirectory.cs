using System.Collections.Concurrent;
using System.Text;
using Kalinka.Common.Directory;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>
/// A directory whose ensemble is a dictionary; it can be untrusted, forget, and keep its answers back. Any thread may
/// move clients while another looks for them.
/// </summary>
internal sealed class FakeDirectory : ILocationDirectory
{
    private readonly ConcurrentDictionary<string, string> _ensemble = [];
    private readonly ConcurrentDictionary<string, LocationState> _cached = [];
    private readonly List<(string Client, TaskCompletionSource<Location> Answer)> _reads = [];
    private readonly List<TaskCompletionSource> _syncs = [];
    private Action<string>? _changed;

    public bool Trusted { get; set; } = true;

    public string? WaitsFor => Trusted ? null : "trust";

    /// <summary>Reads and syncs wait until <see cref="Answer"/>.</summary>
    public bool Away { get; set; }

    /// <summary>Reads and syncs fail.</summary>
    public bool Failing { get; set; }

    /// <summary>Throws what no directory throws.</summary>
    public bool Broken { get; set; }

    /// <summary>A client that no znode can stand for.</summary>
    public string? Impossible { get; set; }

    public int Reads { get; private set; }

    public int Syncs { get; private set; }

    public int Count => _cached.Count;

    /// <summary>A znode that holds nothing.</summary>
    public void Empty(string client) => Move(client, "");

    public void Move(string client, string? broker, bool silently = false)
    {
        if (broker is null)
        {
            _ensemble.TryRemove(client, out _);
        }
        else
        {
            _ensemble[client] = broker;
        }

        if (!silently)
        {
            _cached.TryRemove(client, out _);
            _changed?.Invoke(client);
        }
    }

    /// <summary>What was known before is stale now, as after a reconnect.</summary>
    public void MakeStale()
    {
        foreach (var client in _cached.Keys.ToArray())
        {
            _cached[client] = LocationState.Stale;
        }
    }

    public Location Find(ReadOnlySpan<byte> clientId)
    {
        if (Broken)
        {
            throw new InvalidOperationException("broken");
        }

        var client = Encoding.UTF8.GetString(clientId);
        return _cached.TryGetValue(client, out var state) ? new Location(state, Broker(client), 0) : Location.Unknown;
    }

    public ValueTask<Location> ReadAsync(ReadOnlyMemory<byte> clientId, CancellationToken cancellationToken)
    {
        Reads++;
        var client = Encoding.UTF8.GetString(clientId.Span);
        if (client == Impossible)
        {
            throw new ArgumentException($"no znode can be named {client}", nameof(clientId));
        }

        if (Failing)
        {
            return ValueTask.FromException<Location>(new TimeoutException());
        }

        if (!Away)
        {
            return ValueTask.FromResult(Read(client));
        }

        var answer = new TaskCompletionSource<Location>();
        _reads.Add((client, answer));
        return new ValueTask<Location>(answer.Task);
    }

    public Task SyncAsync(CancellationToken cancellationToken)
    {
        Syncs++;
        if (Failing || !Away)
        {
            return Failing ? Task.FromException(new TimeoutException()) : Task.CompletedTask;
        }

        var answer = new TaskCompletionSource();
        _syncs.Add(answer);
        return answer.Task;
    }

    /// <summary>Answers all that waits.</summary>
    public void Answer()
    {
        Away = false;
        var (reads, syncs) = (_reads.ToArray(), _syncs.ToArray());
        _reads.Clear();
        _syncs.Clear();
        Array.ForEach(syncs, sync => sync.SetResult());
        Array.ForEach(reads, read => read.Answer.SetResult(Read(read.Client)));
    }

    public Task<IReadOnlyList<ChangeOutcome>> ChangeAsync(
        IReadOnlyList<LocationChange> changes,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException("sub changes nothing");

    public IAsyncEnumerable<IReadOnlyList<LocationEntry>> EntriesAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException("sub asks for single clients");

    public void Watch(Action<string> changed) => _changed = changed;

    private string? Broker(string client) => _ensemble.GetValueOrDefault(client) is { Length: > 0 } name ? name : null;

    private Location Read(string client)
    {
        var state = _ensemble.ContainsKey(client) ? LocationState.Present : LocationState.Absent;
        _cached[client] = state;
        return new Location(state, Broker(client), 0);
    }
}
