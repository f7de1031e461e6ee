using System.Diagnostics;

namespace Kalinka.Bench.Load;

/// <summary>Counts what arrives and keeps its age. One thread notes, another reads between two rounds.</summary>
internal sealed class Arrivals
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private long[] _ages = [];
    private int _count;
    private long _last;

    public int Count => Volatile.Read(ref _count);

    public void Note(ReadOnlySpan<byte> payload)
    {
        var index = _count;
        if (index < _ages.Length)
        {
            _ages[index] = Stamp.Age(payload);
        }

        _last = Stopwatch.GetTimestamp();
        Volatile.Write(ref _count, index + 1);
    }

    /// <summary>Forgets everything; to be called while nothing is on its way.</summary>
    public void Expect(int messages)
    {
        _ages = new long[messages];
        Volatile.Write(ref _count, 0);
    }

    /// <summary>Waits until so many have arrived.</summary>
    /// <exception cref="BenchException">Nothing has arrived for a while.</exception>
    public async Task ReachAsync(int messages)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        var progress = (Count: -1, At: Stopwatch.GetTimestamp());
        while (Count < messages)
        {
            await timer.WaitForNextTickAsync();
            if (Count != progress.Count)
            {
                progress = (Count, Stopwatch.GetTimestamp());
            }
            else if (Stopwatch.GetElapsedTime(progress.At) > Patience)
            {
                throw new BenchException($"{Count} of {messages} arrived, then nothing for {Patience.TotalSeconds} s");
            }
        }
    }

    /// <summary>From <paramref name="started"/> to the last arrival.</summary>
    public TimeSpan Since(long started) => Stopwatch.GetElapsedTime(started, _last);

    /// <param name="quantile">0 to 1.</param>
    public TimeSpan Age(double quantile)
    {
        var sorted = _ages[..Math.Min(_ages.Length, Count)];
        Array.Sort(sorted);
        return Stopwatch.GetElapsedTime(0, sorted[(int)(quantile * (sorted.Length - 1))]);
    }
}
