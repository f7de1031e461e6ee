using Kalinka.Bench.Contenders;
using Kalinka.Bench.Load;
using Kalinka.Bench.Measurement;
using Kalinka.Bench.Servers;

namespace Kalinka.Bench;

/// <summary>MQTT to Kafka: the same load through the same broker, once into each contender, in turns.</summary>
internal static class PubBench
{
    public static async Task RunAsync(BenchOptions options, string command, TextWriter output)
    {
        await using var mosquitto = await Mosquitto.StartAsync(options.Folder);
        await using var kafka = await Kafka.StartAsync(options.Folder);
        var contenders = PubContenders
            .All(options, mosquitto.Port, kafka.BootstrapServers)
            .Where(contender => options.Only is null || contender.To.Contains(options.Only))
            .ToArray();
        await kafka.CreateTopicsAsync([.. contenders.Select(contender => contender.To)]);
        await using var load = await MqttLoad.ConnectAsync(mosquitto.Port, options.Size);

        var rounds = await Rounds.RunAsync(
            contenders,
            options,
            async (contender, log) =>
            {
                var arrivals = new Arrivals();
                await using var reader = new KafkaArrivals(
                    kafka.BootstrapServers,
                    contender.To,
                    IKafka.Partitions,
                    arrivals
                );
                return await new Round(options, contender, load, arrivals, reader.Written).RunAsync(log);
            }
        );
        new Report(output, "MQTT to Kafka", command, new Surroundings(options, kafka.Description)).Write(rounds);
    }
}
