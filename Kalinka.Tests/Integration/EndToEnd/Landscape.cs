using System.Globalization;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.EndToEnd;

/// <summary>Mosquitto brokers, two unless more are asked for, ZooKeeper and Kafka, with as many daemons as a test starts beside them.</summary>
internal sealed class Landscape : IAsyncDisposable
{
    // The default queue of 1,000 messages per session is what an outage overflows first.
    private const string BrokerSettings = """
        max_queued_messages 200000
        max_inflight_messages 200
        """;

    private readonly List<Daemon> _daemons = [];

    private Landscape(MosquittoBroker[] brokers, ZooKeeperServer zooKeeper, KafkaServer kafka) =>
        (Brokers, ZooKeeper, Kafka) = (brokers, zooKeeper, kafka);

    public MosquittoBroker[] Brokers { get; }

    public ZooKeeperServer ZooKeeper { get; }

    public KafkaServer Kafka { get; }

    /// <summary>Keys of the configuration, as environment variables, for daemons that start from now on.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <param name="persistence">The brokers remember their sessions over a restart.</param>
    /// <param name="more">More lines of mosquitto.conf.</param>
    public static async Task<Landscape> StartAsync(bool persistence = false, int brokers = 2, string more = "")
    {
        var settings = $"{BrokerSettings}\npersistence {(persistence ? "true" : "false")}\n{more}";
        var zooKeeper = ZooKeeperServer.StartAsync();
        var kafka = KafkaServer.StartAsync();
        var started = Enumerable.Range(0, brokers).Select(_ => MosquittoBroker.StartAsync(settings)).ToArray();
        var landscape = new Landscape(await Task.WhenAll(started), await zooKeeper, await kafka);
        await landscape.StandInForTheAdminApiAsync();
        return landscape;
    }

    /// <param name="more">More sections.</param>
    /// <param name="environment">Values of keys that differ, such as <c>KALINKA_Mqtt__ShareName</c>.</param>
    public Daemon StartPub(
        string instance,
        int seats = 1,
        string more = "",
        IReadOnlyDictionary<string, string>? environment = null
    ) => Start(Daemon.Pub, instance, PubConfiguration(seats, more), environment);

    public Daemon StartSub(string instance, string more = "") => Start(Daemon.Sub, instance, SubConfiguration(more));

    public async ValueTask DisposeAsync()
    {
        foreach (var daemon in _daemons)
        {
            await daemon.DisposeAsync();
        }

        foreach (var broker in Brokers)
        {
            await broker.DisposeAsync();
        }

        await ZooKeeper.DisposeAsync();
        await Kafka.DisposeAsync();
    }

    // The mock cluster has none: no daemon can make topics there.
    private async Task StandInForTheAdminApiAsync()
    {
        if (!KafkaServer.IsReal)
        {
            await Kafka.CreateTopicAsync("mqtt.mqtt");
            await Kafka.CreateTopicAsync("kalinka.dead-letter");
        }
    }

    private Daemon Start(
        string name,
        string instance,
        string configuration,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        var all = new Dictionary<string, string>(Environment) { ["KALINKA_Instance"] = instance };
        if (!KafkaServer.IsReal)
        {
            all["KALINKA_Kafka__CreateTopics"] = "None";
        }

        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
        {
            all[key] = value;
        }

        var daemon = Daemon.Start(name, configuration, all);
        _daemons.Add(daemon);
        return daemon;
    }

    private string PubConfiguration(int seats, string more) =>
        $$"""
            {
              "Mqtt": { "Brokers": [ {{BrokerList()}} ], "Seats": {{seats}} },
              "Kafka": { "BootstrapServers": "{{Kafka.BootstrapServers}}" },
              "ZooKeeper": { "ConnectionString": "{{ZooKeeper.ConnectionString}}/kalinka", "SessionTimeout": "00:00:05" },
              "Mapping": {
                "Rules": [
                  { "From": "mqtt/{src}/mqtt/{dest}/pub", "To": "mqtt.mqtt", "Key": "{dest}", "Client": "{src}",
                    "Headers": { "srcId": "{src}" } },
                  { "From": "mqtt/{src}/{system}/pub", "To": "mqtt.{system}", "Key": "{src}", "Client": "{src}",
                    "Headers": { "srcId": "{src}" } }
                ]
              }{{more}}
            }
            """;

    private string SubConfiguration(string more) =>
        $$"""
            {
              "Mqtt": { "Brokers": [ {{BrokerList()}} ] },
              "Kafka": { "BootstrapServers": "{{Kafka.BootstrapServers}}", "GroupId": "kalinka-sub" },
              "ZooKeeper": { "ConnectionString": "{{ZooKeeper.ConnectionString}}/kalinka" },
              "Mapping": {
                "Rules": [
                  { "From": "mqtt.mqtt", "Client": "{key}", "To": "mqtt/{header:srcId}/mqtt/{key}/sub", "Qos": 1 },
                  { "From": "{system}.mqtt", "Client": "{key}", "To": "{system}/mqtt/{key}/sub" }
                ]
              }{{more}}
            }
            """;

    private string BrokerList() =>
        string.Join(
            ", ",
            Brokers.Select(
                (broker, index) =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $$"""{ "Name": "b{{index + 1}}", "Address": "mqtt://127.0.0.1:{{broker.Port}}" }"""
                    )
            )
        );
}
