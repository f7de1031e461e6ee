using System.Globalization;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.EndToEnd;

/// <summary>Two Mosquitto brokers, ZooKeeper and Kafka, with as many daemons as a test starts beside them.</summary>
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

    /// <param name="persistence">The brokers remember their sessions over a restart.</param>
    /// <param name="more">More lines of mosquitto.conf.</param>
    public static async Task<Landscape> StartAsync(bool persistence = false, string more = "")
    {
        var settings = $"{BrokerSettings}\npersistence {(persistence ? "true" : "false")}\n{more}";
        var zooKeeper = ZooKeeperServer.StartAsync();
        var kafka = KafkaServer.StartAsync();
        var first = await MosquittoBroker.StartAsync(settings);
        var second = await MosquittoBroker.StartAsync(settings);
        return new Landscape([first, second], await zooKeeper, await kafka);
    }

    public Daemon StartPub(string instance, int seats = 1, string more = "") =>
        Start(Daemon.Pub, instance, PubConfiguration(seats, more));

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

    private Daemon Start(string name, string instance, string configuration)
    {
        var environment = new Dictionary<string, string> { ["KALINKA_Instance"] = instance };
        var daemon = Daemon.Start(name, configuration, environment);
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
