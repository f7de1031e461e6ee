using System.Diagnostics;
using Kalinka.Bench.Servers;
using Kalinka.Common.Directory;

namespace Kalinka.Bench.Scale;

/// <summary>How many events a server sends: every change to every instance that watches.</summary>
internal static class WatchScale
{
    private static readonly int[] Instances = [1, 4, 16];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task RunAsync(ScaleOptions options, string command, Figures figures)
    {
        figures.Begin(
            "Watch events",
            command,
            $"one server of ZooKeeper 3.8 (Debian), heap {options.Heap}, {options.Clients:#,0} clients"
        );
        await using var server = await ZooKeeper.StartAsync(options.Folder, options.Heap);
        await using var writer = new ZnodeInstance(server.Port, capacity: 1000);
        await DirectorySteps.TrustAsync(writer.Clients);
        var fleet = new Fleet(options.Clients);
        await ChangeAsync(writer, fleet, round: 0);
        for (var round = 1; round <= Instances.Length; round++)
        {
            await MeasureAsync(server, writer, fleet, round, Instances[round - 1], figures);
        }
    }

    private static async Task MeasureAsync(
        ZooKeeper server,
        ZnodeInstance writer,
        Fleet fleet,
        int round,
        int instances,
        Figures figures
    )
    {
        var told = 0;
        var followers = Enumerable.Range(0, instances).Select(_ => new ZnodeInstance(server.Port, 1000)).ToArray();
        foreach (var follower in followers)
        {
            await DirectorySteps.TrustAsync(follower.Clients);
            follower.Clients.Watch(_ => Interlocked.Increment(ref told));
        }

        var started = Stopwatch.GetTimestamp();
        await ChangeAsync(writer, fleet, round);
        var written = Stopwatch.GetElapsedTime(started);
        while (Volatile.Read(ref told) < instances * fleet.Count && Stopwatch.GetElapsedTime(started) < Patience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        var all = Stopwatch.GetElapsedTime(started);
        figures.Row(
            $"{instances} instances follow {fleet.Count:#,0} changes",
            $"{fleet.Count / written.TotalSeconds:#,0} changes a second, {told / all.TotalSeconds:#,0} events a second in all, the last {(all - written).TotalMilliseconds:0} ms after its change"
        );
        foreach (var follower in followers)
        {
            await follower.DisposeAsync();
        }
    }

    private static async Task ChangeAsync(ZnodeInstance writer, Fleet fleet, int round)
    {
        var known = round == 0 ? Location.Absent : new Location(LocationState.Present, null, round - 1);
        foreach (var some in fleet.Puts(fleet.Count, _ => known, round))
        {
            var outcomes = await writer.Clients.ChangeAsync(some, default);
            if (outcomes.Any(outcome => outcome != ChangeOutcome.Done))
            {
                throw new BenchException("A change was not made");
            }
        }
    }
}
