namespace Kalinka.Common.Directory;

/// <summary>Which broker each client is connected to, as the ensemble tells it.</summary>
public interface IClientDirectory
{
    /// <summary>The watch is set and the session is alive: what is cached is what is there.</summary>
    bool Trusted { get; }

    /// <summary>Entries in the cache.</summary>
    int Count { get; }

    /// <summary>
    /// Looks in the cache only. Any thread; does not block and does not allocate. After a reconnect an entry of the
    /// time before counts as <see cref="LocationState.Stale"/> until it has been read again.
    /// </summary>
    Location Find(ReadOnlySpan<byte> clientId);

    /// <summary>
    /// Reads the znode and keeps what it says. Calls are pipelined; several for one client share a read. Waits as long
    /// as ZooKeeper is away.
    /// </summary>
    ValueTask<Location> ReadAsync(ReadOnlyMemory<byte> clientId, CancellationToken cancellationToken);

    /// <summary>A <c>sync</c> of the ensemble: reads that follow see all that was written before. Calls share one.</summary>
    Task SyncAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Writes that these clients are on that broker; many in few round trips. An entry that changed since it was
    /// <see cref="Location"/> known as is left alone and read again. Waits while ZooKeeper is away.
    /// </summary>
    Task WriteAsync(IReadOnlyList<LocationWrite> writes, CancellationToken cancellationToken);

    /// <summary>Called for a client whose entry changed, was created or deleted. On the directory's thread: return at once.</summary>
    void Watch(Action<string> changed);
}

public enum LocationState
{
    /// <summary>Not in the cache: read it.</summary>
    Unknown,

    /// <summary>The client has an entry, and this is it.</summary>
    Present,

    /// <summary>The client has no entry.</summary>
    Absent,

    /// <summary>Known from before a reconnect: use it, and read it again.</summary>
    Stale,
}

/// <param name="Broker">The broker's name; null when there is none to name.</param>
/// <param name="Version">Of the znode; -1 when absent or unknown.</param>
/// <param name="Details">The JSON behind the name, or null.</param>
public readonly record struct Location(LocationState State, string? Broker, int Version, string? Details = null);

/// <param name="Known">What the writer believes is there: the write is conditional on it.</param>
public readonly record struct LocationWrite(string ClientId, string Broker, string? Details, Location Known);
