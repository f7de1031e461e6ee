using Kalinka.QuickStart.Daemons;

namespace Kalinka.Bench.Contenders;

/// <summary>From MQTT to Kafka: kalinka-pub, and the two tools that everybody has.</summary>
internal static class PubContenders
{
    public static Contender[] All(BenchOptions options, int mqttPort, string bootstrapServers) =>
        [Kalinka(options, mqttPort, bootstrapServers), Pipeline(options, mqttPort, bootstrapServers)];

    private static Contender Kalinka(BenchOptions options, int mqttPort, string bootstrapServers)
    {
        var configuration = Path.Combine(options.Folder, "pub.json");
        File.WriteAllText(
            configuration,
            $$"""
            {
              "Instance": "bench",
              "Mqtt": { "Brokers": [{ "Name": "bench", "Address": "mqtt://127.0.0.1:{{mqttPort}}" }], "Seats": 1 },
              "Kafka": { "BootstrapServers": "{{bootstrapServers}}", "CreateTopics": "None" },
              "Mapping": { "Rules": [{ "From": "bench/kalinka/{client}", "To": "bench.kalinka", "Key": "{client}" }] }
            }

            """
        );
        return new Contender(
            "kalinka-pub",
            "bench/kalinka",
            "bench.kalinka",
            Tail: 0,
            log => GuardedProcess.Start(log, options.Pub, "run", "--config", configuration)
        );
    }

    private static Contender Pipeline(BenchOptions options, int mqttPort, string bootstrapServers)
    {
        var script =
            $"mosquitto_sub -h 127.0.0.1 -p {mqttPort} -V 5 -q 1 -t 'bench/tools/+'"
            + $" | kcat -P -b {bootstrapServers} -t bench.tools -X acks=all";
        return new Contender(
            "mosquitto_sub \\| kcat -P",
            "bench/tools",
            "bench.tools",
            // mosquitto_sub writes into a pipe by the block of the C library. Line by line would cost it more.
            Tail: (4096 / (options.Size + 1)) + 1,
            log => GuardedProcess.Start(log, "bash", "-c", script)
        );
    }
}
