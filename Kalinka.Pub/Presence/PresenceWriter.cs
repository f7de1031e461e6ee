using Kalinka.Common.Directory;
using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Presence;

/// <summary>
/// Brings the directory to what was seen: reads the entries of a batch, decides by <see cref="EntryRules"/>, and changes what
/// differs, each on the version that was read. What others changed meanwhile is read and decided again.
/// </summary>
internal sealed class PresenceWriter(
    ILocationDirectory directory,
    PendingSightings pending,
    CreationLimits limits,
    OwnChanges own,
    PresenceCounters counters,
    bool keepOffline,
    TimeProvider time,
    ILogger<PresenceWriter> logger
)
{
    private const int Batch = 1_000;
    private const int MostAttempts = 5;

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(5);

    // The writing loop's.
    private string? _refusal;

    private readonly record struct Intended(byte[] ClientId, Sighting Seen, EntryDecision Decision, Location Known);

    /// <summary>Called for a client that left one broker and may be at another, by what is known here.</summary>
    public Action<byte[]>? Released { get; set; }

    /// <summary>Writes what has been seen, until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            await pending.WaitAsync(stopping);
            while (pending.Take(Batch) is { Count: > 0 } sightings)
            {
                await WriteAsync(sightings, stopping);
            }
        }
    }

    /// <summary>
    /// Writes what still waits, again and again until it is written or cancelled. Call it when <see cref="RunAsync"/> has
    /// returned.
    /// </summary>
    public async Task DrainAsync(CancellationToken stopping)
    {
        while (pending.Take(Batch) is { Count: > 0 } sightings)
        {
            await WriteAsync(sightings, stopping);
        }
    }

    private async Task WriteAsync(List<KeyValuePair<byte[], Sighting>> sightings, CancellationToken stopping)
    {
        try
        {
            var known = await Task.WhenAll(sightings.Select(seen => ReadAsync(seen.Key, stopping)));
            List<Intended> intended = [.. sightings.Zip(known).Select(pair => Intend(pair.First, pair.Second))];
            intended.RemoveAll(each => each.Decision.Action == EntryAction.Nothing);
            await ChangeAsync(intended, stopping);
            _refusal = null;
        }
        catch (OperationCanceledException)
        {
            // Perhaps it was written: then it is found so.
            foreach (var (clientId, seen) in sightings)
            {
                pending.Return(clientId, seen);
            }

            throw;
        }
        catch (Exception exception)
        {
            // A message comes again with the next one of its client; what a broker told once is kept.
            foreach (var (clientId, seen) in sightings.Where(each => each.Value.Kind != SightingKind.Traffic))
            {
                pending.Return(clientId, seen);
            }

            Complain(exception.Message);
            await Task.Delay(PauseAfterFailure, time, stopping);
        }
    }

    private async Task<Location?> ReadAsync(byte[] clientId, CancellationToken stopping)
    {
        try
        {
            return await directory.ReadAsync(clientId, stopping);
        }
        catch (ArgumentException)
        {
            Interlocked.Increment(ref counters.Unplaceable);
            return null;
        }
    }

    private Intended Intend(KeyValuePair<byte[], Sighting> sighting, Location? known)
    {
        var (clientId, seen) = sighting;
        if (known is not { } entry)
        {
            return default;
        }

        var decision = EntryRules.Decide(seen, entry, keepOffline);
        if (decision.Creates && seen.Kind == SightingKind.Traffic && !limits.TryTake(seen.Broker))
        {
            Interlocked.Increment(ref counters.Capped);
            return default;
        }

        return new Intended(clientId, seen, decision, entry);
    }

    private async Task ChangeAsync(List<Intended> intended, CancellationToken stopping)
    {
        if (intended.Count == 0)
        {
            return;
        }

        own.Expect(intended.Select(each => each.ClientId));
        try
        {
            var outcomes = await directory.ChangeAsync([.. intended.Select(ToChange)], stopping);
            foreach (var (each, outcome) in intended.Zip(outcomes))
            {
                Settle(each, outcome);
            }
        }
        finally
        {
            own.Clear();
        }
    }

    private static LocationChange ToChange(Intended each) =>
        each.Decision.Action switch
        {
            EntryAction.Put => LocationChange.Put(each.ClientId, each.Seen.Broker, each.Known, each.Decision.Details),
            EntryAction.Mark => LocationChange.Mark(each.ClientId, each.Known, each.Decision.Details),
            _ => LocationChange.Remove(each.ClientId, each.Known),
        };

    private void Settle(in Intended each, ChangeOutcome outcome)
    {
        switch (outcome)
        {
            case ChangeOutcome.Done:
                Count(each);
                break;
            case ChangeOutcome.Changed:
                TryAgain(each);
                break;
            default:
                Interlocked.Increment(ref counters.Unplaceable);
                break;
        }
    }

    // Somebody wrote between our reading and our writing: what he saw is not older than what we saw.
    private void TryAgain(in Intended each)
    {
        if (each.Seen.Attempts < MostAttempts)
        {
            pending.Return(each.ClientId, each.Seen with { Fresh = false, Attempts = each.Seen.Attempts + 1 });
        }
        else
        {
            Interlocked.Increment(ref counters.Contended);
        }
    }

    private void Count(in Intended each)
    {
        if (each.Decision.Action == EntryAction.Remove)
        {
            Interlocked.Increment(ref counters.Removed);
        }
        else if (each.Seen.IsHere)
        {
            Interlocked.Increment(ref counters.Written);
        }
        else
        {
            Interlocked.Increment(ref counters.Marked);
        }

        if (!each.Seen.IsHere)
        {
            Released?.Invoke(each.ClientId);
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
}
