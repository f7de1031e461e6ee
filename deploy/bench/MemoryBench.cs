using System.Net;
using Kalinka.Bench.Measurement;
using Kalinka.Bench.Servers;
using Kalinka.QuickStart.ZooKeeper;

namespace Kalinka.Bench;

/// <summary>
/// What kalinka-sub's memory is made of: the resident set of the process with one connection and with many, and with
/// records that wait for a broker that is away, for one client and for one client each.
/// </summary>
internal static class MemoryBench
{
    private const int Connections = 100;
    private const int Records = 16_000;

    public static async Task RunAsync(BenchOptions options, string _, TextWriter output)
    {
        await using var mosquitto = await Mosquitto.StartAsync(options.Folder, Connections);
        await using var kafka = await Kafka.StartAsync(options.Folder);
        await using var zooKeeper = MemoryZooKeeper.Start(IPAddress.Loopback, 0);
        await ClientZnodes.WriteAsync(zooKeeper.Port, MemoryProbe.Away, clients: Records);
        var probe = new MemoryProbe(options, mosquitto.Ports, kafka, zooKeeper.Port);
        var (idle, many, one, each) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 1; round <= options.Rounds; round++)
        {
            idle.Add(await probe.MeasureAsync(1, records: 0, clients: 0));
            many.Add(await probe.MeasureAsync(Connections, records: 0, clients: 0));
            one.Add(await probe.MeasureAsync(1, Records, clients: 1));
            each.Add(await probe.MeasureAsync(1, Records, clients: Records));
            await Console.Error.WriteLineAsync($"round {round}: {idle[^1]}, {many[^1]}, {one[^1]}, {each[^1]} KiB");
        }

        var figures = new Scale.Figures(output);
        figures.Begin(
            "What kalinka-sub's memory is made of",
            $"deploy/bench/run memory --size {options.Size} --rounds {options.Rounds}",
            $"least / median / greatest of {options.Rounds} rounds; {kafka.Description}, mosquitto, payloads of {options.Size} bytes"
        );
        figures.Row("resident, one connection and nothing to do, MiB", $"{Spread.Of(idle.Select(MiB))}");
        figures.Row($"resident, {Connections} connections, MiB", $"{Spread.Of(many.Select(MiB))}");
        figures.Row($"resident, {Records:#,0} records wait for one client, MiB", $"{Spread.Of(one.Select(MiB))}");
        figures.Row($"resident, the same for as many clients, MiB", $"{Spread.Of(each.Select(MiB))}");
        figures.Row("a connection, KiB", $"**{(Median(many) - Median(idle)) / (Connections - 1):0}**");
        figures.Row("a record that waits, bytes", $"**{(Median(one) - Median(idle)) * 1024 / Records:0}**");
        figures.Row("a client that records wait for, bytes", $"**{(Median(each) - Median(one)) * 1024 / Records:0}**");
    }

    private static double MiB(double kiB) => kiB / 1024;

    private static double Median(List<double> values) => Spread.Of(values).Median;
}
