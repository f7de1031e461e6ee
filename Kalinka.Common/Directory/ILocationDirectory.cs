namespace Kalinka.Common.Directory;

/// <summary>Which broker each client is connected to: read by whoever locates, changed by presence. Any thread.</summary>
public interface ILocationDirectory
{
    /// <summary>What is known here follows what is there: a client that is not found is absent.</summary>
    bool Trusted { get; }

    /// <summary>What it waits for until it can be trusted, for a person; null when it is.</summary>
    string? WaitsFor { get; }

    /// <summary>Clients known here.</summary>
    int Count { get; }

    /// <summary>
    /// Looks in the memory only; does not block and does not allocate. After a reconnect what was known before may count
    /// as <see cref="LocationState.Stale"/> until it has been read again.
    /// </summary>
    /// <param name="clientId">UTF-8.</param>
    Location Find(ReadOnlySpan<byte> clientId);

    /// <summary>
    /// What is there now. Calls are pipelined; several for one client share a read. Waits as long as the servers are away.
    /// </summary>
    /// <exception cref="ArgumentException">There can be no entry for this client id.</exception>
    ValueTask<Location> ReadAsync(ReadOnlyMemory<byte> clientId, CancellationToken cancellationToken);

    /// <summary>Reads and look-ups that follow see all that anybody had changed before the call. Calls share one.</summary>
    Task SyncAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Makes many changes in few round trips, each only if the entry is still what its writer knew. One that is not is left
    /// alone, and the next look-up or read tells what is there. Waits while the servers are away.
    /// </summary>
    /// <param name="changes">
    /// In no order. Of several for one client the last is tried, and the others are <see cref="ChangeOutcome.Changed"/>.
    /// </param>
    /// <param name="cancellationToken">Ends the wait: what was on its way may be done or not.</param>
    /// <returns>What became of each, in the order of the changes.</returns>
    Task<IReadOnlyList<ChangeOutcome>> ChangeAsync(
        IReadOnlyList<LocationChange> changes,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// All entries that are there, in pieces of at most some hundreds, in no order, past the cache. What changes meanwhile
    /// is seen or not; a change is made on the version that was seen here.
    /// </summary>
    IAsyncEnumerable<IReadOnlyList<LocationEntry>> EntriesAsync(CancellationToken cancellationToken);

    /// <summary>Called for a client whose entry changed, was created or removed. On the directory's thread: return at once.</summary>
    void Watch(Action<string> changed);
}
