using System.Threading.Channels;
using Kalinka.Common.Text;

namespace Kalinka.Pub.Presence;

/// <summary>
/// Sightings that wait to be written, one for each client. Bounded: what messages tell comes again with the next message, so
/// it waits in a smaller number than what brokers tell once. Any thread; one reader.
/// </summary>
internal sealed class PendingSightings(PresenceCounters counters)
{
    /// <summary>Beyond it a client is written at one of its next messages.</summary>
    public const int MostByTraffic = 20_000;

    /// <summary>Beyond it events are lost. At about 200 bytes each, 50 MB.</summary>
    public const int Most = 250_000;

    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<byte[], Sighting> _pending = new(ByteArrayComparer.Instance);

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _pending.Count;
            }
        }
    }

    /// <returns>False when there is no room.</returns>
    public bool Add(ReadOnlySpan<byte> clientId, in Sighting seen)
    {
        lock (_lock)
        {
            var pending = _pending.GetAlternateLookup<ReadOnlySpan<byte>>();
            if (pending.TryGetValue(clientId, out var earlier))
            {
                pending[clientId] = earlier.Then(seen);
                return true;
            }

            if (_pending.Count >= (seen.Kind == SightingKind.Traffic ? MostByTraffic : Most))
            {
                Interlocked.Increment(
                    ref seen.Kind == SightingKind.Traffic ? ref counters.Deferred : ref counters.Lost
                );
                return false;
            }

            pending[clientId] = seen;
        }

        // Full: it is awake already.
        _wake.Writer.TryWrite(true);
        return true;
    }

    /// <summary>Puts back what could not be written; what came meanwhile is later.</summary>
    public void Return(byte[] clientId, in Sighting seen)
    {
        lock (_lock)
        {
            _pending[clientId] = _pending.TryGetValue(clientId, out var later) ? seen.Then(later) : seen;
        }

        _wake.Writer.TryWrite(true);
    }

    /// <summary>Waits until there may be something.</summary>
    public async Task WaitAsync(CancellationToken stopping) => await _wake.Reader.ReadAsync(stopping);

    public List<KeyValuePair<byte[], Sighting>> Take(int most)
    {
        lock (_lock)
        {
            var taken = _pending.Take(most).ToList();
            foreach (var (clientId, _) in taken)
            {
                _pending.Remove(clientId);
            }

            return taken;
        }
    }
}
