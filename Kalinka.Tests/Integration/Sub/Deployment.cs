using System.Diagnostics.Metrics;
using Kalinka.Common.Hosting;
using Kalinka.Sub;
using Kalinka.Tests.Stack;
using Kalinka.Tests.Sub.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kalinka.Tests.Integration.Sub;

/// <summary>One deployment of sub in a fleet: topics, group, chroot and Client Identifiers of its own.</summary>
/// <param name="name">Distinguishes it from the others of the same fleet.</param>
internal sealed class Deployment(Fleet fleet, string name, int brokers) : IAsyncDisposable
{
    public const int Clients = 60;

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ILoggerFactory _loggers = LoggerFactory.Create(logging =>
        logging.AddProvider(new ProgressLog(name))
    );
    private int _next;
    private int _started;

    public string Name => name;

    public string KafkaTopic => $"in-{name}";

    public string DeliveryTopic => $"delivery-{name}";

    public string ClientId => $"sub-{name}";

    public string Chroot => $"/{name}";

    public List<RunningSub> Running { get; } = [];

    /// <summary>Connections that the instances say they have.</summary>
    public int Connections => Running.Sum(sub => sub.Pipeline.Status().Brokers.Count(b => b.State == "connected"));

    public IEnumerable<DaemonStatus> Statuses => Running.Select(sub => sub.Pipeline.Status());

    public static string Client(string name, int number) => $"{name}-c{number}";

    public async Task PrepareAsync()
    {
        await fleet.CreateTopicAsync(KafkaTopic, 4);
        await fleet.PlaceAsync(
            Chroot,
            Enumerable.Range(0, Clients).Select(number => (Client(name, number), $"b{number % brokers}"))
        );
    }

    public RunningSub Start(DeliveryMode mode, Func<SubOptions, SubOptions>? change = null)
    {
        var options = (change ?? (same => same))(Options(mode, $"i{_started++}"));
        var sub = new RunningSub(
            SubPipeline.Create(
                options,
                SubOptionsFor.Mapping(options),
                _loggers,
                TimeProvider.System,
                _services.GetRequiredService<IMeterFactory>()
            )
        );
        Running.Add(sub);
        return sub;
    }

    public async Task StopAsync(RunningSub sub)
    {
        Running.Remove(sub);
        await sub.DisposeAsync();
    }

    /// <summary>So many records for every client, numbered from where the last ones ended.</summary>
    public void Produce(int perClient)
    {
        var first = _next;
        _next += perClient;
        fleet.Produce(
            KafkaTopic,
            Enumerable
                .Range(first, perClient)
                .SelectMany(value => Enumerable.Range(0, Clients).Select(number => (Client(name, number), value)))
        );
    }

    /// <summary>Clients that have not got everything, in the order in which it was produced.</summary>
    public IReadOnlyList<string> Incomplete(Func<int, bool>? which = null) =>
        [
            .. Enumerable
                .Range(0, Clients)
                .Where(which ?? (_ => true))
                .Select(number => Client(name, number))
                .Where(client => !fleet.HeardBy(client).Distinct().SequenceEqual(Enumerable.Range(0, _next))),
        ];

    /// <summary>Messages that came more than once.</summary>
    public int Repeats =>
        Enumerable
            .Range(0, Clients)
            .Select(number => fleet.HeardBy(Client(name, number)))
            .Sum(heard => heard.Count - heard.Distinct().Count());

    public Task CompleteAsync(Func<int, bool>? which = null) =>
        Eventually.That(
            () => Incomplete(which).Count == 0,
            SubStack.Within,
            "every client has got everything in order"
        );

    /// <summary>Which messages came more than once, for the one who looks for the reason.</summary>
    public string RepeatedValues =>
        string.Join(
            ' ',
            Enumerable
                .Range(0, Clients)
                .SelectMany(number => fleet.HeardBy(Client(name, number)).CountBy(value => value))
                .Where(heard => heard.Value > 1)
                .CountBy(heard => heard.Key)
                .Select(repeated => $"{repeated.Key}:{repeated.Value}")
        );

    /// <summary>Which Client Identifiers of this deployment a broker has seen, and how many were there at a time at most.</summary>
    public (IReadOnlyList<string> Names, int AtOnce) SeenAt(int broker)
    {
        var (names, there, most) = (new HashSet<string>(), new HashSet<string>(), 0);
        foreach (var line in fleet.Brokers[broker].Log.Split('\n').Where(line => line.Contains($"{ClientId}-")))
        {
            var id = line.Split(' ', ',', '.').First(word => word.StartsWith($"{ClientId}-", StringComparison.Ordinal));
            if (line.Contains("New client connected"))
            {
                there.Add(id);
                names.Add(id);
            }
            else if (line.Contains("disconnected") || line.Contains("closed its connection"))
            {
                there.Remove(id);
            }

            most = Math.Max(most, there.Count);
        }

        return ([.. names], most);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sub in Running.ToArray())
        {
            await StopAsync(sub);
        }

        _loggers.Dispose();
        await _services.DisposeAsync();
    }

    /// <summary>The same for a process.</summary>
    public string Configuration(string mode)
    {
        var places = Enumerable
            .Range(0, brokers)
            .Select(number =>
                $$"""{ "Name": "b{{number}}", "Address": "mqtt://127.0.0.1:{{fleet.Brokers[number].Port}}" }"""
            );
        return $$"""
            {
              "Mqtt": { "ClientId": "{{ClientId}}", "Brokers": [ {{string.Join(", ", places)}} ] },
              "Kafka": {
                "BootstrapServers": "{{fleet.BootstrapServers}}", "GroupId": "group-{{name}}",
                "Properties": { "session.timeout.ms": "6000", "heartbeat.interval.ms": "1000" }
              },
              "ZooKeeper": { "ConnectionString": "{{fleet.ZooKeeper(
                Chroot
            ).ConnectionString}}", "SessionTimeout": "00:00:04" },
              "DeadLetter": { "Topic": "dead-{{name}}" },
              "Delivery": { "Mode": "{{mode}}", "Topic": "{{DeliveryTopic}}" },
              "Mapping": { "Rules": [ { "From": "{{KafkaTopic}}", "To": "to/{key}", "Client": "{key}", "Qos": 1 } ] }
            }
            """;
    }

    private SubOptions Options(DeliveryMode mode, string instance)
    {
        var tests = SubOptionsFor.Tests;
        return tests with
        {
            Instance = instance,
            Mqtt = tests.Mqtt with
            {
                ClientId = ClientId,
                Brokers = [.. Enumerable.Range(0, brokers).Select(fleet.Broker)],
            },
            Kafka = tests.Kafka with { BootstrapServers = fleet.BootstrapServers, GroupId = $"group-{name}" },
            ZooKeeper = fleet.ZooKeeper(Chroot),
            Mapping = new([tests.Mapping.Rules[0] with { From = KafkaTopic }]),
            DeadLetterTopic = $"dead-{name}",
            Delivery = tests.Delivery with
            {
                Mode = mode,
                KafkaTopic = DeliveryTopic,
                BrokerWait = TimeSpan.FromSeconds(1),
            },
        };
    }
}
