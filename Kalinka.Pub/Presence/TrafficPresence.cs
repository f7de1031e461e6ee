using System.Threading.Channels;
using Kalinka.Common.Directory;
using Kalinka.Common.Text;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Presence;

/// <summary>
/// A message from a client on a broker says where the client is. What is already in the directory costs one look-up;
/// what is not waits in a bounded set until a background loop has written it.
/// </summary>
internal sealed class TrafficPresence(ILocationDirectory directory, TimeProvider time, ILogger<TrafficPresence> logger)
{
    /// <summary>Clients that wait to be written; beyond it a client is written at one of its next messages.</summary>
    public const int MaximumPending = 20_000;

    private const int Batch = 1_000;

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(5);

    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(1);
    private readonly Lock _lock = new();

    // Under the lock.
    private readonly Dictionary<byte[], Sighting> _pending = new(ByteArrayComparer.Instance);

    // Any thread.
    private long _written;
    private long _deferred;
    private long _unplaceable;

    // The writing loop's.
    private string? _refusal;

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
        var there = known.State == LocationState.Present;
        if (there && (!fresh || known.Broker == brokerName))
        {
            return;
        }

        if (TryNote(clientId, new Sighting(brokerName, fresh)))
        {
            // Full: it is awake already.
            _wake.Writer.TryWrite(true);
        }
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

    private bool TryNote(ReadOnlySpan<byte> clientId, Sighting seen)
    {
        lock (_lock)
        {
            var pending = _pending.GetAlternateLookup<ReadOnlySpan<byte>>();
            if (pending.TryGetValue(clientId, out var waiting))
            {
                // Among what waits, only what is fresh replaces anything.
                if (!seen.Fresh || waiting == seen)
                {
                    return false;
                }
            }
            else if (_pending.Count >= MaximumPending)
            {
                Interlocked.Increment(ref _deferred);
                return false;
            }

            pending[clientId] = seen;
            return true;
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
            var writes = sightings.Zip(locations).Where(Changes).Select(ToChange).ToList();
            var outcomes = await directory.ChangeAsync(writes, stopping);
            Interlocked.Add(ref _written, outcomes.Count(outcome => outcome == ChangeOutcome.Done));
            _refusal = null;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The next message of each of these clients brings them here again; not at the pace of the messages.
            Complain(exception.Message);
            await Task.Delay(PauseAfterFailure, time, stopping);
        }
    }

    // The same reason again and again is told once.
    private void Complain(string reason)
    {
        if (_refusal != reason)
        {
            _refusal = reason;
            logger.LogWarning("Presence cannot be written: {Reason}", reason);
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

    private static LocationChange ToChange((KeyValuePair<byte[], Sighting> Seen, Location Known) pair) =>
        LocationChange.Put(pair.Seen.Key, pair.Seen.Value.BrokerName, pair.Known);

    private readonly record struct Sighting(string BrokerName, bool Fresh);
}
