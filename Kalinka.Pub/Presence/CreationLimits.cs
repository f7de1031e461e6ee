namespace Kalinka.Pub.Presence;

/// <summary>
/// How many entries messages may create: a rate for each broker, and a number in all. Whoever may publish under any name could
/// fill the ensemble's memory otherwise. What brokers themselves report is not limited. Any thread.
/// </summary>
/// <param name="perSecond">For each broker, 1 or more; ten seconds' worth may come at once.</param>
/// <param name="most">Entries in all.</param>
/// <param name="entries">How many there are; asked now and then.</param>
internal sealed class CreationLimits(
    int perSecond,
    long most,
    Func<CancellationToken, Task<long>> entries,
    TimeProvider time
)
{
    private const int Burst = 10;

    private static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Bucket> _buckets = [];

    // Under the lock.
    private long _counted;
    private long _createdSince;

    /// <summary>There is room for one more from this broker; nothing is taken.</summary>
    public bool HasRoom(string broker)
    {
        lock (_lock)
        {
            return _counted + _createdSince < most && Refilled(broker).Tokens >= 1;
        }
    }

    /// <summary>Takes room for one.</summary>
    public bool TryTake(string broker)
    {
        lock (_lock)
        {
            var bucket = Refilled(broker);
            if (_counted + _createdSince >= most || bucket.Tokens < 1)
            {
                return false;
            }

            _buckets[broker] = bucket with { Tokens = bucket.Tokens - 1 };
            _createdSince++;
            return true;
        }
    }

    /// <summary>Counts what is there every half minute, until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(CountEvery, time);
        do
        {
            await CountAsync(stopping);
        } while (await timer.WaitForNextTickAsync(stopping));
    }

    // Where it cannot be counted, what was counted last and what came since go on counting.
    private async Task CountAsync(CancellationToken stopping)
    {
        try
        {
            var counted = await entries(stopping);
            lock (_lock)
            {
                (_counted, _createdSince) = (counted, 0);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The writer meets the same servers, and says what is wrong with them.
        }
    }

    private Bucket Refilled(string broker)
    {
        var now = time.GetTimestamp();
        var full = (double)perSecond * Burst;
        var bucket = _buckets.TryGetValue(broker, out var known)
            ? new Bucket(
                Math.Min(full, known.Tokens + time.GetElapsedTime(known.At, now).TotalSeconds * perSecond),
                now
            )
            : new Bucket(full, now);
        _buckets[broker] = bucket;
        return bucket;
    }

    private readonly record struct Bucket(double Tokens, long At);
}
