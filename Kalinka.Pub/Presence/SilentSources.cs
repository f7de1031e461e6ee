using Microsoft.Extensions.Logging;

namespace Kalinka.Pub.Presence;

/// <summary>
/// Finds brokers that tell nothing although they are asked: subscribed for <see cref="Patience"/>, messages come, and not one
/// event. Brokers grant such subscriptions and deliver nothing when events are not switched on, or not allowed.
/// </summary>
internal sealed class SilentSources(TimeProvider time, ILogger<SilentSources> logger)
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Dictionary<BrokerReader, Watched> _watched = [];
    private volatile int _silent;

    /// <summary>Brokers of whose clients no source tells.</summary>
    public int Count => _silent;

    /// <summary>One thread at a time.</summary>
    public void Look(ICollection<BrokerReader> readers)
    {
        foreach (var gone in _watched.Keys.Except(readers).ToList())
        {
            _watched.Remove(gone);
        }

        var silent = 0;
        foreach (var reader in readers)
        {
            silent += IsSilent(reader) ? 1 : 0;
        }

        _silent = silent;
    }

    private bool IsSilent(BrokerReader reader)
    {
        if (!reader.Following || reader.Events > 0)
        {
            _watched.Remove(reader);
            return false;
        }

        if (!_watched.TryGetValue(reader, out var watched))
        {
            reader.Heard = false;
            _watched[reader] = new Watched(time.GetTimestamp(), Told: false);
            return false;
        }

        if (time.GetElapsedTime(watched.Since) < Patience || !reader.Heard)
        {
            return false;
        }

        if (!watched.Told)
        {
            _watched[reader] = watched with { Told = true };
            logger.LogWarning(
                "{Broker}: messages come, but {Sources} told of no client in {Patience}: are the events switched on there, and may Kalinka read them?",
                reader.Broker,
                string.Join(", ", reader.SourceNames),
                Patience
            );
        }

        return true;
    }

    private readonly record struct Watched(long Since, bool Told);
}
