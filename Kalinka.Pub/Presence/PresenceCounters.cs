using Kalinka.Pub.Presence.Sources;

namespace Kalinka.Pub.Presence;

/// <summary>What presence did so far. Any thread.</summary>
internal sealed class PresenceCounters
{
    private readonly long[] _ignored = new long[Enum.GetValues<Ignored>().Length];

    /// <summary>Events that told something.</summary>
    public long Events;

    /// <summary>Entries written: created, moved, or no longer marked as left.</summary>
    public long Written;

    /// <summary>Entries marked as left.</summary>
    public long Marked;

    /// <summary>Entries removed because their client left, or its session ended.</summary>
    public long Removed;

    /// <summary>Entries removed because their client had left <c>KeepOffline</c> ago.</summary>
    public long Swept;

    /// <summary>New entries that a message would have made, beyond what is allowed.</summary>
    public long Capped;

    /// <summary>Sightings left to a later message because too many waited.</summary>
    public long Deferred;

    /// <summary>Events lost because too many waited.</summary>
    public long Lost;

    /// <summary>Sightings given up because others kept changing the entry.</summary>
    public long Contended;

    /// <summary>Messages and events of clients that no entry can name.</summary>
    public long Unplaceable;

    /// <summary>Brokers that were seen to have restarted.</summary>
    public long Restarts;

    public void Ignore(Ignored reason) => Interlocked.Increment(ref _ignored[(int)reason]);

    public long IgnoredFor(Ignored reason) => Interlocked.Read(ref _ignored[(int)reason]);
}
