namespace Kalinka.Common.Directory;

public enum LocationState
{
    /// <summary>Not known here: read it.</summary>
    Unknown,

    /// <summary>The client has an entry, and this is it.</summary>
    Present,

    /// <summary>The client has no entry.</summary>
    Absent,

    /// <summary>Known from before a reconnect: use it, and read it again.</summary>
    Stale,
}

/// <param name="Broker">The broker's name; null when there is none to name.</param>
/// <param name="Version">Of the entry: a change is conditional on it. -1 when absent or unknown.</param>
/// <param name="Json">
/// The details as their writer wrote them, whoever that was; null for none, and where only <see cref="Details"/> are kept.
/// </param>
public readonly record struct Location(LocationState State, string? Broker, long Version, string? Json = null)
{
    /// <summary>The details that Kalinka itself writes and reads.</summary>
    public LocationDetails Details { get; init; }

    public static Location Unknown { get; } = new(LocationState.Unknown, null, -1);

    public static Location Absent { get; } = new(LocationState.Absent, null, -1);
}

/// <param name="ClientId">UTF-8.</param>
public readonly record struct LocationEntry(ReadOnlyMemory<byte> ClientId, Location Location);
