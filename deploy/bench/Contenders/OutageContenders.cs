using Kalinka.QuickStart.Daemons;

namespace Kalinka.Bench.Contenders;

/// <summary>kalinka-sub in both delivery modes, with both brokers there and with the second one dead.</summary>
internal static class OutageContenders
{
    public const string First = "first";
    public const string Second = "second";

    public static Contender[] All(
        BenchOptions options,
        int firstPort,
        int secondPort,
        string bootstrapServers,
        int zooKeeperPort
    )
    {
        var nobody = Loopback.FreePort();
        return
        [
            Kalinka(options, "Direct", "both there", firstPort, secondPort, bootstrapServers, zooKeeperPort),
            Kalinka(options, "Direct", "second dead", firstPort, nobody, bootstrapServers, zooKeeperPort),
            Kalinka(options, "Partitioned", "both there", firstPort, secondPort, bootstrapServers, zooKeeperPort),
            Kalinka(options, "Partitioned", "second dead", firstPort, nobody, bootstrapServers, zooKeeperPort),
        ];
    }

    private static Contender Kalinka(
        BenchOptions options,
        string mode,
        string state,
        int firstPort,
        int secondPort,
        string bootstrapServers,
        int zooKeeperPort
    )
    {
        var name = $"{mode}-{state.Replace(' ', '-')}".ToLowerInvariant();
        var configuration = Path.Combine(options.Folder, $"{name}.json");
        File.WriteAllText(
            configuration,
            $$"""
            {
              "Instance": "bench",
              "Mqtt": {
                "ClientId": "{{name}}",
                "Brokers": [
                  { "Name": "{{First}}", "Address": "mqtt://127.0.0.1:{{firstPort}}" },
                  { "Name": "{{Second}}", "Address": "mqtt://127.0.0.1:{{secondPort}}" }
                ]
              },
              "Kafka": { "BootstrapServers": "{{bootstrapServers}}", "GroupId": "{{name}}" },
              "ZooKeeper": { "ConnectionString": "127.0.0.1:{{zooKeeperPort}}/kalinka", "Shards": false },
              "Delivery": { "Mode": "{{mode}}", "Topic": "{{name}}.delivery", "BrokerWait": "00:00:01" },
              "Mapping": {
                "Rules": [{ "From": "{{name}}.in", "Client": "{key}", "To": "bench/{{name}}/{key}", "Qos": 1 }]
              }
            }

            """
        );
        return new Contender(
            $"{mode}, {state}",
            $"{name}.in",
            $"bench/{name}",
            Tail: 0,
            log => GuardedProcess.Start(log, options.Sub, "run", "--config", configuration)
        );
    }
}
