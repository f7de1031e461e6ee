using System.Text.Unicode;
using Kalinka.Common.Directory;
using Kalinka.Pub.Presence.Sources;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Presence;

/// <summary>
/// What one broker tells of its clients, read by the holder of its seat 0: keeps the broker's own picture, in the broker's
/// order, and passes on what may have to be written. Messages one at a time; everything else from any thread.
/// </summary>
internal sealed class BrokerReader(
    string broker,
    IReadOnlyList<IPresenceSource> sources,
    OwnClients own,
    PendingSightings pending,
    PresenceCounters counters,
    int capacity,
    TimeProvider time,
    ILogger<BrokerReader> logger
)
{
    private readonly ConnectedClients _connected = new(capacity);
    private long _events;

    private long _uptime;
    private long _followedAt;

    // The session is read: what is known is not yet old.
    private volatile bool _following;
    private volatile bool _reviewDue;
    private volatile bool _heard;

    // Unix milliseconds of the restart whose consequences are not settled; 0 for none.
    private long _restartedAt;

    public string Broker => broker;

    /// <summary>Topic filters that have to be subscribed for it, plain.</summary>
    public IReadOnlyList<string> Filters { get; } = [.. sources.SelectMany(source => source.Filters).Distinct()];

    public IEnumerable<string> SourceNames => sources.Select(source => source.Name);

    /// <summary>Who is connected, as far as the broker has told.</summary>
    public ConnectedClients Connected => _connected;

    /// <summary>Events that told something so far.</summary>
    public long Events => Interlocked.Read(ref _events);

    /// <summary>See <see cref="RestartReview"/>; 0 when there is nothing to look at.</summary>
    public long RestartedAt => Interlocked.Read(ref _restartedAt);

    /// <summary>What comes now was not queued; null: nobody can tell, and it counts as such.</summary>
    public Func<bool>? IsCurrent { get; set; }

    /// <summary>A message of some client has come.</summary>
    public bool Heard
    {
        get => _heard;
        set => _heard = value;
    }

    /// <summary>The broker's session is being read.</summary>
    public bool Following => _following;

    /// <summary>Its session is read from now on, and may have been away.</summary>
    /// <param name="forgotten">
    /// The broker has forgotten a session that it had a moment ago: it has restarted, and with it every connection is gone.
    /// </param>
    public void Follow(bool forgotten)
    {
        _connected.BeginEra();
        Interlocked.Exchange(ref _followedAt, Now);
        if (forgotten)
        {
            Volatile.Write(ref _uptime, 0);
            NoteRestart();
        }

        (_following, _reviewDue) = (true, true);
    }

    /// <summary>The connection has ended: what is known grows old.</summary>
    public void Pause() => _following = false;

    /// <summary>A message on one of the filters. Never throws; what it cannot read it counts.</summary>
    /// <param name="mqttTopic">Valid UTF-8.</param>
    /// <param name="payload">Whatever it holds.</param>
    /// <param name="stored">It was retained before the subscription: it tells how it was then.</param>
    /// <param name="fresh">The broker did not queue it.</param>
    public void Read(ReadOnlySpan<byte> mqttTopic, ReadOnlySpan<byte> payload, bool stored, bool fresh)
    {
        foreach (var source in sources)
        {
            if (source.Reads(mqttTopic))
            {
                Take(source.Read(mqttTopic, payload), stored, fresh);
                return;
            }
        }

        counters.Ignore(Ignored.Unrelated);
    }

    /// <summary>Somebody else reads this broker from now on.</summary>
    public void Leave()
    {
        _connected.Clear();
        Interlocked.Exchange(ref _restartedAt, 0);
        Volatile.Write(ref _uptime, 0);
        (_following, _reviewDue) = (false, false);
    }

    /// <summary>A message of the broker, and of which client; while it matters who came back after a restart.</summary>
    public void NoteTraffic(ReadOnlySpan<byte> clientId, bool fresh)
    {
        // Written only when it changes: this is on the way of every message.
        if (!_heard)
        {
            _heard = true;
        }

        if (fresh && RestartedAt != 0 && clientId.Length <= ClientPath.LongestName)
        {
            _connected.TryConnect(clientId, session: 0, time: 0);
        }
    }

    /// <summary>The consequences of the restart at this time are settled.</summary>
    public void Settle(long restartedAt) => Interlocked.CompareExchange(ref _restartedAt, 0, restartedAt);

    /// <summary>The whole picture is to be compared with the directory.</summary>
    public void AskForReview() => _reviewDue = true;

    /// <returns>True once when it was asked for, as soon as what comes is of now.</returns>
    public bool TakeReview()
    {
        if (!_reviewDue || !_following || IsCurrent?.Invoke() == false)
        {
            return false;
        }

        _reviewDue = false;
        return true;
    }

    /// <summary>The entry of a client was changed by somebody; if the client is here, the entry has to say so.</summary>
    public bool ClaimIfConnected(byte[] clientId) =>
        _following && _connected.Contains(clientId) && pending.Add(clientId, Seen(SightingKind.Claim, fresh: false));

    private void Take(in PresenceNote note, bool stored, bool fresh)
    {
        switch (note.Kind)
        {
            case NoteKind.Nothing:
                counters.Ignore(note.Ignored);
                break;
            case NoteKind.Uptime:
                TakeUptime(note.Time);
                break;
            default:
                TakeClient(note, stored, fresh);
                break;
        }
    }

    // Uptime only grows, unless the broker began anew. Right after its start it may take two for what was one.
    private void TakeUptime(long seconds)
    {
        if (seconds < Volatile.Read(ref _uptime))
        {
            NoteRestart();
        }

        Volatile.Write(ref _uptime, seconds);
    }

    // No connection outlives a restart: it was before this one began, and what came on this one is of after it.
    private void NoteRestart()
    {
        _connected.ForgetEarlierEras();
        Interlocked.Exchange(ref _restartedAt, Interlocked.Read(ref _followedAt));
        Interlocked.Increment(ref counters.Restarts);
        logger.LogWarning("{Broker} has restarted: who does not come back is marked as gone", broker);
    }

    private void TakeClient(in PresenceNote note, bool stored, bool fresh)
    {
        if (note.Client.IsEmpty || note.Client.Length > ClientPath.LongestName || !Utf8.IsValid(note.Client))
        {
            counters.Ignore(note.Client.Length > ClientPath.LongestName ? Ignored.TooLong : Ignored.Malformed);
            return;
        }

        Interlocked.Increment(ref _events);
        Interlocked.Increment(ref counters.Events);
        if (own.Has(note.Client))
        {
            counters.Ignore(Ignored.Own);
            return;
        }

        switch (note.Kind)
        {
            case NoteKind.Online:
                TakeOnline(note, stored, fresh && !stored);
                break;
            case NoteKind.Offline:
                TakeOffline(note, stored);
                break;
            default:
                pending.Add(note.Client, Seen(SightingKind.Ended, fresh: false));
                break;
        }
    }

    private void TakeOnline(in PresenceNote note, bool stored, bool fresh)
    {
        // What was retained before a restart says nothing about who has come back.
        if ((stored && RestartedAt != 0) || !_connected.TryConnect(note.Client, note.Session, note.Time))
        {
            counters.Ignore(Ignored.Outdated);
            return;
        }

        pending.Add(note.Client, Seen(SightingKind.Came, fresh));
    }

    private void TakeOffline(in PresenceNote note, bool stored)
    {
        if (!_connected.TryDisconnect(note.Client, note.Session, note.Time))
        {
            counters.Ignore(Ignored.Outdated);
            return;
        }

        pending.Add(note.Client, Seen(SightingKind.Left, fresh: !stored));
        foreach (var dependent in note.Dependents ?? [])
        {
            _connected.TryDisconnect(dependent, session: 0, time: 0);
            pending.Add(dependent, Seen(SightingKind.Left, fresh: !stored));
        }
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private Sighting Seen(SightingKind kind, bool fresh) => new(kind, broker, fresh, Now);
}
