using System.Diagnostics;
using Kalinka.Common.Directory;

namespace Kalinka.Bench.Scale;

/// <summary>What is measured alike for every directory: one instance writes, another follows.</summary>
internal sealed class DirectorySteps(Fleet fleet, Figures figures)
{
    private const int Pipelined = 2_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Until the directory can be trusted.</summary>
    public static async Task TrustAsync(ILocationDirectory directory)
    {
        var started = Stopwatch.GetTimestamp();
        while (!directory.Trusted)
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                throw new BenchException($"Waits for {directory.WaitsFor}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    public async Task WriteAsync(ILocationDirectory writer)
    {
        var started = Stopwatch.GetTimestamp();
        var done = await ChangeAsync(writer, fleet.Puts(fleet.Count, _ => Location.Absent, round: 0));
        figures.Rate($"{done:#,0} entries written by one instance", done, started);
    }

    /// <summary>Clients that nobody has asked for yet, so many at a time.</summary>
    public async Task ReadAsync(ILocationDirectory follower)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var started = Stopwatch.GetTimestamp();
        for (var first = 0; first < fleet.Count; first += Pipelined)
        {
            var reads = Enumerable
                .Range(first, Math.Min(Pipelined, fleet.Count - first))
                .Select(n => follower.ReadAsync(fleet[n], default).AsTask());
            await Task.WhenAll(reads);
        }

        figures.Rate($"misses: look-ups that have to be read, {Pipelined:#,0} under way", fleet.Count, started);
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)fleet.Count;
        figures.Row("memory of a known client, id of 20 bytes", $"{each:0} bytes");
    }

    /// <summary>In the memory alone.</summary>
    public void LookUp(ILocationDirectory follower, string what, Func<int, byte[]> id, LocationState expected)
    {
        const int times = 4_000_000;
        var random = new Random(1);
        var ids = Enumerable.Range(0, 1 << 16).Select(_ => id(random.Next(fleet.Count))).ToArray();
        foreach (var each in ids)
        {
            Expect(follower.Find(each).State, expected);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        for (var time = 0; time < times; time++)
        {
            Expect(follower.Find(ids[time & (ids.Length - 1)]).State, expected);
        }

        var nanoseconds = Stopwatch.GetElapsedTime(started).TotalNanoseconds / times;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        figures.Row(
            what,
            $"{nanoseconds:0} ns, {1e9 / nanoseconds:#,0} a second on one core, {allocated} bytes allocated"
        );
    }

    /// <summary>One instance changes entries as fast as it can, another is told of each.</summary>
    public async Task FollowAsync(ILocationDirectory writer, ILocationDirectory follower, int count)
    {
        var told = 0;
        follower.Watch(_ => Interlocked.Increment(ref told));
        var puts = fleet.Puts(count, id => follower.Find(id), round: 1).ToArray();
        var started = Stopwatch.GetTimestamp();
        var done = await ChangeAsync(writer, puts);
        var written = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref told) < done && Stopwatch.GetElapsedTime(written) < Patience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        figures.Rate($"{told:#,0} changes followed while they are written", told, started);
        figures.Row(
            "the last change is told after it was confirmed to its writer",
            $"{Stopwatch.GetElapsedTime(written).TotalMilliseconds:0} ms"
        );
    }

    private static void Expect(LocationState state, LocationState expected)
    {
        if (state != expected)
        {
            throw new BenchException($"A look-up says {state} instead of {expected}");
        }
    }

    private static async Task<int> ChangeAsync(ILocationDirectory writer, IEnumerable<LocationChange[]> changes)
    {
        var done = 0;
        foreach (var some in changes)
        {
            var outcomes = await writer.ChangeAsync(some, default).WaitAsync(Patience);
            done += outcomes.Count(outcome => outcome == ChangeOutcome.Done);
        }

        return done;
    }
}
