using System.Diagnostics;
using Kalinka.Bench.Servers;
using Kalinka.Common.Directory;

namespace Kalinka.Bench.Scale;

/// <summary>The directory in client znodes: what it costs the ensemble, and what it costs an instance of ours.</summary>
internal static class ZooKeeperScale
{
    public static async Task RunAsync(ScaleOptions options, string command, Figures figures)
    {
        figures.Begin(
            "In ZooKeeper",
            command,
            $"one server of ZooKeeper 3.8 (Debian), heap {options.Heap}, {options.Clients:#,0} clients"
        );
        await using var server = await ZooKeeper.StartAsync(options.Folder, options.Heap);
        var empty = await server.HeapAsync();
        var fleet = new Fleet(options.Clients);
        var steps = new DirectorySteps(fleet, figures);

        await using (var writer = new ZnodeInstance(server.Port, options.Clients))
        {
            await DirectorySteps.TrustAsync(writer.Clients);
            await steps.WriteAsync(writer.Clients);
        }

        var heap = await server.HeapAsync();
        figures.Row("heap of the server for a znode", $"{(heap - empty) / (double)options.Clients:0} bytes");
        figures.Row("restart of the server until it serves", $"{(await server.RestartAsync()).TotalSeconds:0.0} s");
        figures.Row(
            "its snapshot",
            $"{server.SnapshotSize / 1e6:0} MB, {server.SnapshotSize / (double)options.Clients:0} bytes for a znode"
        );
        await FollowAsync(server, fleet, steps, figures);
    }

    /// <summary>Writes until the server takes no more.</summary>
    public static async Task LimitAsync(ScaleOptions options, string command, Figures figures)
    {
        figures.Begin("Where ZooKeeper stops", command, $"one server of ZooKeeper 3.8 (Debian), heap {options.Heap}");
        await using var server = await ZooKeeper.StartAsync(options.Folder, options.Heap);
        await using var writer = new ZnodeInstance(server.Port, capacity: 1000);
        await DirectorySteps.TrustAsync(writer.Clients);
        var written = 0;
        var fleet = new Fleet(options.Clients);
        foreach (var some in fleet.Puts(options.Clients, _ => Location.Absent, round: 0))
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                await writer.Clients.ChangeAsync(some, default).WaitAsync(TimeSpan.FromSeconds(30));
            }
            catch (TimeoutException)
            {
                break;
            }

            written += some.Length;
            if (written % 100_000 == 0)
            {
                var rate = some.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
                figures.Row($"{written:#,0} entries", $"the last 10,000 at {rate:#,0} a second");
            }
        }

        figures.Row(
            "no more than",
            $"{written:#,0} entries; the server {(server.HasEnded ? "has ended" : "is there")}, the client: {writer.LastError ?? "no error"}"
        );
    }

    private static async Task FollowAsync(ZooKeeper server, Fleet fleet, DirectorySteps steps, Figures figures)
    {
        var started = Stopwatch.GetTimestamp();
        await using var follower = new ZnodeInstance(server.Port, fleet.Count);
        await DirectorySteps.TrustAsync(follower.Clients);
        figures.Row("start-up of an instance until its watch is set", $"{Milliseconds(started)} ms");
        await steps.ReadAsync(follower.Clients);
        steps.LookUp(follower.Clients, "hits: look-ups in the cache", n => fleet[n], LocationState.Present);

        await using var writer = new ZnodeInstance(server.Port, capacity: 1000);
        await DirectorySteps.TrustAsync(writer.Clients);
        await steps.FollowAsync(writer.Clients, follower.Clients, fleet.Count / 5);

        started = Stopwatch.GetTimestamp();
        var seen = 0;
        await foreach (var piece in follower.Clients.EntriesAsync(default))
        {
            seen += piece.Count;
        }

        figures.Rate("all entries enumerated, as a sweeper does", seen, started);
    }

    private static long Milliseconds(long started) => (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds;
}
