using Kalinka.QuickStart.Daemons;

namespace Kalinka.Bench.Contenders;

/// <summary>From Kafka to MQTT: kalinka-sub, and the two tools that everybody has.</summary>
internal static class SubContenders
{
    /// <summary>The broker's name, as the configuration and the znodes give it.</summary>
    public const string Broker = "bench";

    public static Contender[] All(BenchOptions options, int mqttPort, string bootstrapServers, int zooKeeperPort) =>
        [Kalinka(options, mqttPort, bootstrapServers, zooKeeperPort), Pipeline(mqttPort, bootstrapServers)];

    private static Contender Kalinka(BenchOptions options, int mqttPort, string bootstrapServers, int zooKeeperPort)
    {
        var configuration = Path.Combine(options.Folder, "sub.json");
        File.WriteAllText(
            configuration,
            $$"""
            {
              "Instance": "bench",
              "Mqtt": { "Brokers": [{ "Name": "{{Broker}}", "Address": "mqtt://127.0.0.1:{{mqttPort}}" }] },
              "Kafka": { "BootstrapServers": "{{bootstrapServers}}", "GroupId": "bench-sub" },
              "ZooKeeper": { "ConnectionString": "127.0.0.1:{{zooKeeperPort}}/kalinka", "Shards": false },
              "Mapping": {
                "Rules": [{ "From": "bench.kalinka", "Client": "{key}", "To": "bench/kalinka/{key}", "Qos": 1 }]
              }
            }

            """
        );
        return new Contender(
            "kalinka-sub",
            "bench.kalinka",
            "bench/kalinka",
            Tail: 0,
            log => GuardedProcess.Start(log, options.Sub, "run", "--config", configuration)
        );
    }

    private static Contender Pipeline(int mqttPort, string bootstrapServers)
    {
        // Unbuffered: else the last messages would stay in kcat for good.
        var script =
            $"kcat -C -u -q -b {bootstrapServers} -t bench.tools -o end"
            + $" | mosquitto_pub -h 127.0.0.1 -p {mqttPort} -V 5 -q 1 -l -t bench/tools/all";
        return new Contender(
            "kcat -C \\| mosquitto_pub -l",
            "bench.tools",
            "bench/tools",
            Tail: 0,
            log => GuardedProcess.Start(log, "bash", "-c", script)
        );
    }
}
