using System.Diagnostics;
using System.Text;
using Kalinka.Bench.Servers;
using Kalinka.Common.Directory;
using Kalinka.Common.Kafka;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Bench.Scale;

/// <summary>The directory in a compacted topic: all of it in the memory of each instance.</summary>
internal static class KafkaScale
{
    public static async Task RunAsync(ScaleOptions options, string command, Figures figures)
    {
        var home =
            Environment.GetEnvironmentVariable("KAFKA_HOME")
            ?? throw new BenchException("KAFKA_HOME, the folder above Kafka's libs/, is not set");
        await using var kafka = await RealKafka.StartAsync(home, options.Folder);
        figures.Begin(
            "In Kafka",
            command,
            $"one server of {kafka.Description}, heap 1g, a topic of one partition, {options.Clients:#,0} clients"
        );
        var fleet = new Fleet(options.Clients);
        var steps = new DirectorySteps(fleet, figures);
        await using var writer = Open(kafka.BootstrapServers, fleet.Count, writes: true);
        writer.Start();
        await DirectorySteps.TrustAsync(writer);
        await steps.WriteAsync(writer);

        await using var follower = Open(kafka.BootstrapServers, fleet.Count, writes: false);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var started = Stopwatch.GetTimestamp();
        follower.Start();
        await DirectorySteps.TrustAsync(follower);
        figures.Rate("start-up of an instance until it has read all entries", follower.Count, started);
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)fleet.Count;
        figures.Row(
            "memory of a known client, id of 20 bytes",
            $"{each:0} bytes; {follower.Bytes / (double)fleet.Count:0} as the table counts"
        );
        steps.LookUp(follower, "hits: look-ups of known clients", n => fleet[n], LocationState.Present);
        steps.LookUp(follower, "misses: look-ups of unknown clients", Nobody, LocationState.Absent);
        await steps.FollowAsync(writer, follower, fleet.Count / 5);

        started = Stopwatch.GetTimestamp();
        var seen = 0;
        await foreach (var piece in follower.EntriesAsync(default))
        {
            seen += piece.Count;
        }

        figures.Rate("all entries enumerated, as a sweeper does", seen, started);
    }

    private static byte[] Nobody(int number) => Encoding.UTF8.GetBytes($"nobody-{number}");

    private static TopicDirectory Open(string servers, int capacity, bool writes) =>
        new(
            new DirectoryOptions(DirectoryKind.Kafka, DirectoryOptions.DefaultTopic, capacity),
            new KafkaOptions(servers, "kalinka-sub", TopicCreation.FromRules, new Dictionary<string, string>()),
            "kalinka-bench",
            writes,
            TimeProvider.System,
            NullLoggerFactory.Instance
        );
}
