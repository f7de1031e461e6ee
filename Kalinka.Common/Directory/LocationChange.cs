namespace Kalinka.Common.Directory;

public enum LocationChangeKind
{
    Put,
    Mark,
    Remove,
}

public enum ChangeOutcome
{
    Done,

    /// <summary>The entry is no longer, or not yet, what the writer knew; nothing was done.</summary>
    Changed,

    /// <summary>No such entry can be: the client id cannot be named there, or it is too large. Nothing was done, nor ever will be.</summary>
    Rejected,
}

/// <summary>A change of one entry, made only while that is what its writer knew.</summary>
public readonly record struct LocationChange
{
    private LocationChange(LocationChangeKind kind, ReadOnlyMemory<byte> clientId, Location known) =>
        (Kind, ClientId, Known) = (kind, clientId, known);

    public LocationChangeKind Kind { get; }

    /// <summary>UTF-8.</summary>
    public ReadOnlyMemory<byte> ClientId { get; }

    /// <summary>What the writer believes is there: its version counts.</summary>
    public Location Known { get; }

    /// <summary>Null for a removal.</summary>
    public string? Broker { get; private init; }

    public LocationDetails Details { get; private init; }

    /// <summary>The client is on this broker. With a version below 0 known, only if there is no entry.</summary>
    public static LocationChange Put(
        ReadOnlyMemory<byte> clientId,
        string broker,
        Location known,
        LocationDetails details = default
    ) => new(LocationChangeKind.Put, clientId, known) { Broker = broker, Details = details };

    /// <summary>The client stays where it is known to be; the details are others.</summary>
    /// <exception cref="ArgumentException">No entry with a broker is known.</exception>
    public static LocationChange Mark(ReadOnlyMemory<byte> clientId, Location known, LocationDetails details) =>
        known is { Version: >= 0, Broker: { } broker }
            ? new(LocationChangeKind.Mark, clientId, known) { Broker = broker, Details = details }
            : throw new ArgumentException("Only an entry that is known to name a broker can be marked", nameof(known));

    /// <exception cref="ArgumentException">No entry is known.</exception>
    public static LocationChange Remove(ReadOnlyMemory<byte> clientId, Location known) =>
        known.Version >= 0
            ? new(LocationChangeKind.Remove, clientId, known)
            : throw new ArgumentException("Only an entry that is known can be removed", nameof(known));
}
