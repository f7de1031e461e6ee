using System.Text.Json;
using Kalinka.Pub.Intake;
using Kalinka.Tests.Integration.EndToEnd;
using Kalinka.Tests.Stack;
using MQTTnet;
using MQTTnet.Formatter;

namespace Kalinka.Tests.Integration.Seats;

/// <summary>Several pub instances at several brokers, a device at each, and what is seen of the seats from outside.</summary>
internal sealed class SeatStack(Landscape landscape, int seatsPerBroker) : IAsyncDisposable
{
    /// <summary>Of the landscape's configuration.</summary>
    public static readonly TimeSpan SessionTimeout = TimeSpan.FromSeconds(5);

    private readonly SortedDictionary<string, Daemon> _pubs = new(StringComparer.Ordinal);

    public int Seats { get; set; } = seatsPerBroker;

    /// <summary>What differs from the landscape's configuration, for instances started from now on.</summary>
    public Dictionary<string, string> Settings { get; } = [];

    public Landscape Landscape => landscape;

    public Daemon this[string instance] => _pubs[instance];

    public void Start(string instance) => _pubs.Add(instance, landscape.StartPub(instance, Seats, "", Settings));

    /// <summary>The same with a way of its own to the first broker.</summary>
    public void StartBehind(string instance, TcpProxy way)
    {
        var settings = new Dictionary<string, string>(Settings)
        {
            ["KALINKA_Mqtt__Brokers__0__Address"] = $"mqtt://127.0.0.1:{way.Port}",
        };
        _pubs.Add(instance, landscape.StartPub(instance, Seats, "", settings));
    }

    public void Kill(string instance)
    {
        _pubs.Remove(instance, out var pub);
        pub!.Kill();
    }

    public async Task StopAsync(string instance)
    {
        _pubs.Remove(instance, out var pub);
        Assert.That(await pub!.TerminateAsync(), Is.Zero, string.Join('\n', pub.Output));
    }

    /// <summary>Those of these that do not run are started.</summary>
    public async Task EnsureAsync(params string[] instances)
    {
        foreach (var instance in instances.Where(instance => !_pubs.ContainsKey(instance)))
        {
            Start(instance);
        }

        await Task.WhenAll(instances.Select(instance => _pubs[instance].WaitReadyAsync()));
    }

    /// <summary>How many seats each of these holds and reads, by what it says itself.</summary>
    public int[] Held(params string[] instances) =>
        [
            .. instances.Select(instance =>
                Brokers(instance).Sum(broker => broker.GetProperty("seats").GetArrayLength())
            ),
        ];

    /// <summary>How many seats of one broker an instance holds, by what it says itself.</summary>
    public int HeldAt(string broker, string instance) =>
        Brokers(instance).Where(shown => shown.GetProperty("name").GetString() == broker).Sum(Holds);

    /// <summary>Every seat is held by one of these, and as evenly as can be; of a broker nobody has two.</summary>
    public bool IsEven(params string[] instances)
    {
        var held = Held(instances);
        return held.Sum() == Seats * landscape.Brokers.Length
            && held.Max() - held.Min() <= 1
            && Array.TrueForAll(
                instances,
                instance => Brokers(instance).All(broker => Holds(broker) <= Fair(instances))
            )
            && Array.TrueForAll(
                instances,
                instance => Brokers(instance).Where(broker => Holds(broker) > 0).All(IsRead)
            );
    }

    public Task EvenAsync(TimeSpan within, params string[] instances) =>
        Eventually.That(() => IsEven(instances), within, $"{string.Join(", ", instances)} hold all seats evenly");

    public long Counter(string instance, string metric) =>
        Get(instance, "/metrics")
            .Split('\n')
            .Where(line => line.StartsWith(metric, StringComparison.Ordinal))
            .Sum(line => (long)double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>What everybody says of itself, and has said: for the output of a test that failed.</summary>
    public async Task<string> OutputsAsync()
    {
        var texts = new List<string>();
        foreach (var (name, pub) in _pubs)
        {
            using var status = await pub.StatusAsync();
            texts.Add($"== {name}\n{status.RootElement}\n{string.Join('\n', pub.Output)}");
        }

        return string.Join('\n', texts);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var pub in _pubs.Values)
        {
            await pub.DisposeAsync();
        }
    }

    /// <summary>How many messages of others a session still has: it is read until a second passes without one.</summary>
    public static async Task<int> LeftInAsync(MosquittoBroker broker, string clientId)
    {
        using var client = new MqttClientFactory().CreateMqttClient();
        var count = 0;
        client.ApplicationMessageReceivedAsync += received =>
        {
            // The marker of the queue's age is the session's own: one that comes after the drain's start stays there.
            var isMarker = received.ApplicationMessage.Topic.StartsWith(MarkerTopic.Prefix, StringComparison.Ordinal);
            Interlocked.Add(ref count, isMarker ? 0 : 1);
            return Task.CompletedTask;
        };
        var session = await client.ConnectAsync(Options(broker, clientId));
        Assert.That(session.IsSessionPresent, Is.True, $"the broker knows {clientId}");
        var before = -1;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (before != count)
        {
            before = count;
            await timer.WaitForNextTickAsync();
        }

        await client.DisconnectAsync();
        return count;
    }

    /// <summary>Whether the broker knows a session of this name. It is left as it was.</summary>
    public static async Task<bool> ExistsAsync(MosquittoBroker broker, string clientId)
    {
        using var client = new MqttClientFactory().CreateMqttClient();
        var session = await client.ConnectAsync(Options(broker, clientId));
        await client.DisconnectAsync();
        return session.IsSessionPresent;
    }

    private static MqttClientOptions Options(MosquittoBroker broker, string clientId) =>
        new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", broker.Port)
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithClientId(clientId)
            .WithCleanStart(false)
            .WithSessionExpiryInterval(3600)
            .Build();

    private List<JsonElement> Brokers(string instance)
    {
        try
        {
            using var status = JsonDocument.Parse(Get(instance, "/status"));
            return [.. status.RootElement.Clone().GetProperty("brokers").EnumerateArray()];
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            return []; // Not listening yet.
        }
    }

    // On the caller's thread alone: waiting for the pool from its own threads starves the fixtures beside this one.
    private string Get(string instance, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = _pubs[instance].Http.Send(request).EnsureSuccessStatusCode();
        using var body = new StreamReader(response.Content.ReadAsStream());
        return body.ReadToEnd();
    }

    private static int Holds(JsonElement broker) => broker.GetProperty("seats").GetArrayLength();

    private static bool IsRead(JsonElement broker) => broker.GetProperty("state").GetString() == "connected";

    private int Fair(string[] instances) => (Seats + instances.Length - 1) / instances.Length;
}
