using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Confluent.Kafka;
using Kalinka.Bench.Load;
using Kalinka.Bench.Measurement;
using Kalinka.Bench.Servers;
using Kalinka.QuickStart.Daemons;

namespace Kalinka.Bench;

/// <summary>Runs kalinka-sub until it has what it shall have, lets it rest, and reads how much of it is resident.</summary>
/// <param name="mqttPorts">Each is a broker of its own to it.</param>
internal sealed class MemoryProbe(BenchOptions options, IReadOnlyList<int> mqttPorts, IKafka kafka, int zooKeeperPort)
{
    /// <summary>A broker that is configured and never there.</summary>
    public const string Away = "away";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http = new();
    private int _runs;

    /// <returns>KiB.</returns>
    public async Task<double> MeasureAsync(int connections, int records, int clients)
    {
        var (name, http) = ($"memory{_runs++}", $"http://127.0.0.1:{QuickStart.Daemons.Loopback.FreePort()}");
        await kafka.CreateTopicsAsync($"{name}.in");
        Produce($"{name}.in", records, clients);
        var configuration = Path.Combine(options.Folder, "memory.json");
        await File.WriteAllTextAsync(configuration, Configuration(name, connections, http));
        var log = Path.Combine(options.Folder, $"{name}.log");
        using var process = GuardedProcess.Start(log, options.Sub, "run", "--config", configuration);
        var started = Stopwatch.GetTimestamp();
        while (!await HasAsync(http, connections, records))
        {
            if (process.ExitCode is not null || Stopwatch.GetElapsedTime(started) > Patience)
            {
                throw new BenchException($"It does not get there, see {log}");
            }

            await Task.Delay(LookAgain, TimeProvider.System);
        }

        await Task.Delay(Rest, TimeProvider.System);
        var resident = ProcessTree.ResidentKiB(process.Id);
        await process.StopAsync(Patience);
        return resident;
    }

    private async Task<bool> HasAsync(string http, int connections, int records)
    {
        try
        {
            using var status = JsonDocument.Parse(await _http.GetStringAsync($"{http}/status"));
            var brokers = status.RootElement.GetProperty("brokers").EnumerateArray();
            return brokers.Count(broker => broker.GetProperty("state").GetString() == "connected") == connections
                && status.RootElement.GetProperty("kafka").GetProperty("outstanding").GetInt32() >= records;
        }
        catch (HttpRequestException)
        {
            return false; // Not listening yet.
        }
    }

    private void Produce(string kafkaTopic, int records, int clients)
    {
        using var producer = new ProducerBuilder<string, byte[]>(
            new ProducerConfig { BootstrapServers = kafka.BootstrapServers }
        ).Build();
        var payload = Stamp.Payload(options.Size);
        for (var number = 0; number < records; number++)
        {
            var key = MqttLoad.ClientName(number % clients);
            producer.Produce(kafkaTopic, new Message<string, byte[]> { Key = key, Value = payload });
        }

        producer.Flush(Patience);
    }

    private string Configuration(string name, int connections, string http)
    {
        var brokers = mqttPorts
            .Take(connections)
            .Select(port =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $$"""{ "Name": "b{{port}}", "Address": "mqtt://127.0.0.1:{{port}}" }"""
                )
            )
            .Append($$"""{ "Name": "{{Away}}", "Address": "mqtt://127.0.0.1:1" }""");
        return $$"""
            {
              "Instance": "bench",
              "Mqtt": { "ClientId": "{{name}}", "Brokers": [{{string.Join(", ", brokers)}}] },
              "Kafka": { "BootstrapServers": "{{kafka.BootstrapServers}}", "GroupId": "{{name}}" },
              "ZooKeeper": { "ConnectionString": "127.0.0.1:{{zooKeeperPort}}/kalinka", "Shards": false },
              "Delivery": { "Topic": "{{name}}.delivery", "BrokerWait": "01:00:00" },
              "Mapping": { "Rules": [{ "From": "{{name}}.in", "Client": "{key}", "To": "bench/{key}", "Qos": 1 }] },
              "Http": { "Url": "{{http}}" }
            }
            """;
    }
}
