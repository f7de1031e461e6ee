using System.Text;
using Kalinka.Common.Directory;
using Kalinka.Common.Text;

namespace Kalinka.Tests.Pub.Presence;

/// <summary>A directory whose cache and znodes are what a test says.</summary>
internal sealed class FakeDirectory : ILocationDirectory
{
    private readonly Dictionary<byte[], Location> _cache = new(ByteArrayComparer.Instance);
    private readonly Dictionary<string, Location> _znodes = [];

    /// <summary>Clients that were looked for in the cache.</summary>
    public List<string> Found { get; } = [];

    /// <summary>False: look-ups are not remembered, for a test of allocations.</summary>
    public bool Keep { get; set; } = true;

    /// <summary>A list for each batch.</summary>
    public List<IReadOnlyList<LocationChange>> Batches { get; } = [];

    public Exception? Failure { get; set; }

    /// <summary>Writes wait for it.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public bool Trusted => true;

    public string? WaitsFor => null;

    public int Count => _cache.Count;

    /// <summary>What a look-up finds; <see cref="LocationState.Unknown"/> and <see cref="LocationState.Stale"/> need <see cref="Znode"/>.</summary>
    public void Know(string client, LocationState state, string? broker) =>
        _cache[Encoding.UTF8.GetBytes(client)] = new Location(state, broker, 0);

    /// <summary>What a read finds; absent else.</summary>
    public void Znode(string client, string broker, int version) =>
        _znodes[client] = new Location(LocationState.Present, broker, version);

    public Location Find(ReadOnlySpan<byte> clientId)
    {
        if (Keep)
        {
            Found.Add(Encoding.UTF8.GetString(clientId));
        }

        return _cache.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(clientId, out var known)
            ? known
            : Location.Unknown;
    }

    public ValueTask<Location> ReadAsync(ReadOnlyMemory<byte> clientId, CancellationToken cancellationToken)
    {
        var client = Encoding.UTF8.GetString(clientId.Span);
        return client.Contains('\0')
            ? throw new ArgumentException("no znode can be named so", nameof(clientId))
            : ValueTask.FromResult(_znodes.GetValueOrDefault(client, Location.Absent));
    }

    public async Task<IReadOnlyList<ChangeOutcome>> ChangeAsync(
        IReadOnlyList<LocationChange> changes,
        CancellationToken cancellationToken
    )
    {
        await Gate.WaitAsync(cancellationToken);
        lock (Batches)
        {
            Batches.Add(changes);
        }

        if (Failure is { } failure)
        {
            throw failure;
        }

        return new ChangeOutcome[changes.Count];
    }

    public IAsyncEnumerable<IReadOnlyList<LocationEntry>> EntriesAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException("traffic asks for single clients");

    public Task SyncAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Watch(Action<string> changed) { }
}
