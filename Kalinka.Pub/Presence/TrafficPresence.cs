using System.Text;
using System.Threading.Channels;
using Kalinka.Common.Directory;
using Kalinka.Common.Text;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Presence;

/// <summary>
/// A message from a client on a broker says where the client is. What is already in the directory costs one look-up;
/// what is not waits in a bounded set until a background loop has written it.
/// </summary>
internal sealed class TrafficPresence(IClientDirectory directory, ILogger<TrafficPresence> logger)
{
    /// <summary>Clients that wait to be written; beyond it a client is written at one of its next messages.</summary>
    public const int MaximumPending = 20_000;

    private const int Batch = 1_000;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(1);
    private readonly Lock _lock = new();

    // Below: under the lock.
    private readonly Dictionary<byte[], Sighting> _pending = new(ByteArrayComparer.Instance);
    private long _written;
    private long _deferred;
    private long _unplaceable;

    /// <summary>Entries written so far.</summary>
    public long Written => Interlocked.Read(ref _written);

    /// <summary>Sightings left to a later message because too many waited.</summary>
    public long Deferred => Interlocked.Read(ref _deferred);

    /// <summary>Messages of clients whose names no znode can bear.</summary>
    public long Unplaceable => Interlocked.Read(ref _unplaceable);

    /// <summary>A message came from this client. On a receive thread: no waiting, no allocation when nothing is new.</summary>
    /// <param name="fresh">Neither DUP nor retained: only such a message may move a client from another broker.</param>
    public void Seen(ReadOnlySpan<byte> clientId, string brokerName, bool fresh)
    {
        if (clientId.Length > ClientPath.LongestName)
        {
            Interlocked.Increment(ref _unplaceable);
            return;
        }

        var known = directory.Find(clientId);
        var elsewhere = known.State == LocationState.Present && !fresh;
        if (elsewhere || (known.State == LocationState.Present && known.Broker == brokerName))
        {
            return;
        }

        lock (_lock)
        {
            var pending = _pending.GetAlternateLookup<ReadOnlySpan<byte>>();
            if (
                pending.TryGetValue(clientId, out var waiting) && (!fresh || waiting == new Sighting(brokerName, fresh))
            )
            {
                return;
            }

            if (_pending.Count >= MaximumPending)
            {
                _deferred++;
                return;
            }

            pending[clientId] = new Sighting(brokerName, fresh);
        }

        // Full: it is awake already.
        _wake.Writer.TryWrite(true);
    }

    /// <summary>Writes what has been seen, until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            await _wake.Reader.ReadAsync(stopping);
            while (Take() is { Count: > 0 } sightings)
            {
                await WriteAsync(sightings, stopping);
            }
        }
    }

    private List<KeyValuePair<byte[], Sighting>> Take()
    {
        lock (_lock)
        {
            var taken = _pending.Take(Batch).ToList();
            foreach (var (clientId, _) in taken)
            {
                _pending.Remove(clientId);
            }

            return taken;
        }
    }

    private async Task WriteAsync(List<KeyValuePair<byte[], Sighting>> sightings, CancellationToken stopping)
    {
        try
        {
            var reads = sightings.Select(seen => ReadAsync(seen.Key, stopping));
            var locations = await Task.WhenAll(reads);
            var writes = sightings.Zip(locations).Where(Changes).Select(ToWrite).ToList();
            await directory.WriteAsync(writes, stopping);
            Interlocked.Add(ref _written, writes.Count);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The next message of each of these clients brings them here again.
            logger.LogWarning(
                "Presence of {Count} clients was not written: {Reason}",
                sightings.Count,
                exception.Message
            );
        }
    }

    private async Task<Location> ReadAsync(byte[] clientId, CancellationToken stopping)
    {
        try
        {
            return await directory.ReadAsync(clientId, stopping);
        }
        catch (ArgumentException)
        {
            Interlocked.Increment(ref _unplaceable);
            return default;
        }
    }

    private static bool Changes((KeyValuePair<byte[], Sighting> Seen, Location Known) pair) =>
        pair.Known.State switch
        {
            LocationState.Absent => true,
            LocationState.Present => pair.Seen.Value.Fresh && pair.Known.Broker != pair.Seen.Value.BrokerName,
            _ => false,
        };

    private static LocationWrite ToWrite((KeyValuePair<byte[], Sighting> Seen, Location Known) pair) =>
        new(Encoding.UTF8.GetString(pair.Seen.Key), pair.Seen.Value.BrokerName, null, pair.Known);

    private readonly record struct Sighting(string BrokerName, bool Fresh);
}
