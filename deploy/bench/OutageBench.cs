using System.Net;
using Kalinka.Bench.Contenders;
using Kalinka.Bench.Load;
using Kalinka.Bench.Measurement;
using Kalinka.Bench.Servers;
using Kalinka.QuickStart.ZooKeeper;

namespace Kalinka.Bench;

/// <summary>
/// Kafka to MQTT with two brokers, of which the second is there or dead: what the first one's clients notice. Half of
/// the load is for either; only what the first one gets is counted. Both delivery modes.
/// </summary>
internal static class OutageBench
{
    public static async Task RunAsync(BenchOptions options, string command, TextWriter output)
    {
        await using var mosquitto = await Mosquitto.StartAsync(options.Folder);
        await using var other = await Mosquitto.StartAsync(options.Folder);
        await using var kafka = await Kafka.StartAsync(options.Folder);
        await using var zooKeeper = MemoryZooKeeper.Start(IPAddress.Loopback, 0);
        await ClientZnodes.WriteAsync(zooKeeper.Port, OutageContenders.First);
        await ClientZnodes.WriteAsync(zooKeeper.Port, OutageContenders.Second, KafkaLoad.TwinOf);
        var contenders = OutageContenders
            .All(options, mosquitto.Port, other.Port, kafka.BootstrapServers, zooKeeper.Port)
            .Where(contender => options.Only is null || contender.Name.Contains(options.Only))
            .ToArray();
        await kafka.CreateTopicsAsync([.. contenders.Select(contender => contender.From)]);
        await using var load = new KafkaLoad(kafka.BootstrapServers, options.Size, twins: true);

        var rounds = await Rounds.RunAsync(
            contenders,
            options,
            async (contender, log) =>
            {
                var (arrivals, uncounted) = (new Arrivals(), new Arrivals());
                await using var reader = await MqttArrivals.SubscribeAsync(
                    mosquitto.Port,
                    $"{contender.To}/#",
                    arrivals
                );
                await using var twin = await MqttArrivals.SubscribeAsync(other.Port, $"{contender.To}/#", uncounted);
                return await new Round(options, contender, load, arrivals, written: null).RunAsync(log);
            }
        );
        new Report(output, "One broker of two is dead", command, new Surroundings(options, kafka.Description)).Write(
            rounds
        );
        if (options.Check)
        {
            OutageCheck.Run(rounds);
        }
    }
}
