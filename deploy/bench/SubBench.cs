using System.Net;
using Kalinka.Bench.Contenders;
using Kalinka.Bench.Load;
using Kalinka.Bench.Measurement;
using Kalinka.Bench.Servers;
using Kalinka.QuickStart.ZooKeeper;

namespace Kalinka.Bench;

/// <summary>Kafka to MQTT: the same records, once through each contender, in turns; one subscriber stands for all devices.</summary>
internal static class SubBench
{
    public static async Task RunAsync(BenchOptions options, string command, TextWriter output)
    {
        await using var mosquitto = await Mosquitto.StartAsync(options.Folder);
        await using var kafka = await Kafka.StartAsync(options.Folder);
        await using var zooKeeper = MemoryZooKeeper.Start(IPAddress.Loopback, 0);
        await ClientZnodes.WriteAsync(zooKeeper.Port, SubContenders.Broker);
        var contenders = SubContenders
            .All(options, mosquitto.Port, kafka.BootstrapServers, zooKeeper.Port)
            .Where(contender => options.Only is null || contender.To.Contains(options.Only))
            .ToArray();
        await kafka.CreateTopicsAsync(["kalinka.delivery", .. contenders.Select(contender => contender.From)]);
        await using var load = new KafkaLoad(kafka.BootstrapServers, options.Size);

        var rounds = await Rounds.RunAsync(
            contenders,
            options,
            async (contender, log) =>
            {
                var arrivals = new Arrivals();
                await using var reader = await MqttArrivals.SubscribeAsync(
                    mosquitto.Port,
                    $"{contender.To}/#",
                    arrivals
                );
                return await new Round(options, contender, load, arrivals, written: null).RunAsync(log);
            }
        );
        new Report(output, "Kafka to MQTT", command, new Surroundings(options, kafka.Description)).Write(rounds);
    }
}
