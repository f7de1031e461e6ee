using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Kalinka.Common.ZooKeeper;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Integration.EndToEnd;

/// <summary>Brokers that are announced in ZooKeeper while both daemons run.</summary>
[TestFixture, NonParallelizable]
public sealed class AnnouncedBrokerTests
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(15);

    private Landscape _landscape = null!;
    private ZooKeeperClient _operator = null!;
    private Daemon _pub = null!;
    private Daemon _sub = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _landscape = await Landscape.StartAsync();
        _landscape.Environment["KALINKA_Mqtt__Announced__Allow__0"] = "127.0.0.1";
        _landscape.Environment["KALINKA_Mqtt__Announced__Username"] = "for-announced";
        _landscape.Environment["KALINKA_Mqtt__Announced__Password"] = "t0p-secret";
        _pub = _landscape.StartPub("pub-1", seats: 2);
        _sub = _landscape.StartSub("sub-1");
        var servers = $"{_landscape.ZooKeeper.ConnectionString}/kalinka";
        _operator = new ZooKeeperClient(
            new ZooKeeperOptions(servers, TimeSpan.FromSeconds(6), null, null, "/clients", true),
            TimeProvider.System,
            NullLogger.Instance
        );
        _operator.Start();
        await Task.WhenAll(_pub.WaitReadyAsync(), _sub.WaitReadyAsync());
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _operator.DisposeAsync();
        await _pub.DisposeAsync();
        await _sub.DisposeAsync();
        await _landscape.DisposeAsync();
    }

    [Test]
    public async Task One_that_is_announced_is_read_and_written_and_one_withdrawn_under_load_loses_nothing()
    {
        await using var b3 = await MosquittoBroker.StartAsync("max_queued_messages 200000\nmax_inflight_messages 200");
        await AnnounceAsync("b3", $"mqtt://127.0.0.1:{b3.Port}");
        await UntilAsync("b3", broker => State(broker) == "connected");
        await using var left = await Device.ConnectAsync("left", _landscape.Brokers[0].Port);
        await using var right = await Device.ConnectAsync("right", b3.Port);
        using var stop = new CancellationTokenSource();
        var sending = SendAsync(left, right, stop.Token);
        await Eventually.That(() => Math.Min(left.Received.Count, right.Received.Count) > 200, Within, "a flow");

        var counted = Received(_pub);
        await _operator.DeleteAsync("/brokers/b3", -1);
        await UntilAsync("b3", IsNoBroker);
        Assert.That(Received(_pub), Is.GreaterThanOrEqualTo(counted), "a total never falls");
        var (inLeft, inRight) = (left.Received.Count, right.Received.Count);
        await AnnounceAsync("b3", $"mqtt://127.0.0.1:{b3.Port}");
        await UntilAsync("b3", broker => State(broker) == "connected");
        await Eventually.That(
            () => left.Received.Count > inLeft + 200 && right.Received.Count > inRight + 200,
            Within,
            "a flow again"
        );
        await stop.CancelAsync();
        var ledger = new Ledger(await sending, [left, right]);
        await Eventually.That(() => ledger.Lost().Count == 0, TimeSpan.FromSeconds(30), "every message has arrived");
        Assert.That(ledger.Duplicates(), Is.Zero);
        await _operator.DeleteAsync("/brokers/b3", -1);
    }

    [Test]
    public async Task An_address_that_is_not_allowed_gets_neither_a_connection_nor_credentials()
    {
        using var refused = Listen("127.0.0.2");
        using var allowed = Listen("127.0.0.1");
        await AnnounceAsync("b8", $"mqtt://127.0.0.2:{PortOf(refused)}");
        await UntilAsync("b8", broker => State(broker) == "standby");

        // Both daemons come to the one that is announced afterwards, with what is configured for such.
        await AnnounceAsync("b9", $"mqtt://127.0.0.1:{PortOf(allowed)}");
        var asked = new HashSet<string>();
        while (asked.Count < 2)
        {
            asked.Add(await ConnectPacketAsync(allowed));
        }

        Assert.That(asked, Is.EquivalentTo(new[] { "kalinka-pub", "kalinka-sub" }));

        // It moves to where it may not be.
        await AnnounceAsync("b9", $"mqtt://127.0.0.2:{PortOf(refused)}");
        await UntilAsync("b9", broker => State(broker) == "standby");
        await AnnounceAsync("b7", $"mqtt://127.0.0.1:{_landscape.Brokers[0].Port}");
        await UntilAsync("b7", broker => State(broker) == "standby");
        Assert.That(refused.Pending(), Is.False);
        foreach (var daemon in new[] { _pub, _sub })
        {
            var told = daemon.Output.Where(line => line.Contains("Mqtt:Announced:Allow", StringComparison.Ordinal));
            Assert.That(told.Count(line => line.Contains("b8", StringComparison.Ordinal)), Is.EqualTo(1));
            Assert.That(daemon.Output, Has.None.Contains("t0p-secret"));
        }
    }

    private static TcpListener Listen(string address)
    {
        var listener = new TcpListener(IPAddress.Parse(address), 0);
        listener.Start();
        return listener;
    }

    private static int PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;

    // Which daemon it was that showed the credentials in its CONNECT.
    private static async Task<string> ConnectPacketAsync(TcpListener listener)
    {
        using var patience = new CancellationTokenSource(Within);
        using var connection = await listener.AcceptTcpClientAsync(patience.Token);
        var packet = new byte[4096];
        var size = await connection.GetStream().ReadAtLeastAsync(packet, 40, false, patience.Token);
        var text = Encoding.Latin1.GetString(packet, 0, size);
        Assert.That(text, Does.Contain("for-announced").And.Contain("t0p-secret"));
        return text.Contains("kalinka-pub", StringComparison.Ordinal) ? "kalinka-pub" : "kalinka-sub";
    }

    private async Task AnnounceAsync(string name, string address)
    {
        await _operator.EnsurePathAsync($"/brokers/{name}");
        await _operator.SetDataAsync(
            $"/brokers/{name}",
            Encoding.UTF8.GetBytes($$"""{ "address": "{{address}}" }"""),
            -1
        );
    }

    private async Task UntilAsync(string broker, Func<JsonElement?, bool> condition)
    {
        foreach (var daemon in new[] { _pub, _sub })
        {
            try
            {
                await Eventually.That(() => condition(StatusOf(daemon, broker)), Within, broker);
            }
            catch (AssertionException late)
            {
                throw new AssertionException($"{late.Message}\n{string.Join('\n', daemon.Output.TakeLast(40))}");
            }
        }
    }

    private static long Received(Daemon pub)
    {
        using var response = pub.Http.Send(new HttpRequestMessage(HttpMethod.Get, "/status"));
        var status = JsonElement.Parse(new StreamReader(response.Content.ReadAsStream()).ReadToEnd());
        return status.GetProperty("counters").GetProperty("received").GetInt64();
    }

    // Records for its clients wait: then its name is told with an alert.
    private static bool IsNoBroker(JsonElement? broker) =>
        broker is not { } shown
        || (
            shown.TryGetProperty("lastError", out var error)
            && error.GetString()?.StartsWith("alert:", StringComparison.Ordinal) == true
        );

    private static string? State(JsonElement? broker) => broker?.GetProperty("state").GetString();

    private static JsonElement? StatusOf(Daemon daemon, string broker)
    {
        using var response = daemon.Http.Send(new HttpRequestMessage(HttpMethod.Get, "/status"));
        var brokers = JsonElement.Parse(new StreamReader(response.Content.ReadAsStream()).ReadToEnd());
        foreach (var each in brokers.GetProperty("brokers").EnumerateArray())
        {
            if (each.GetProperty("name").GetString() == broker)
            {
                return each;
            }
        }

        return null;
    }

    private static async Task<List<string>> SendAsync(Device left, Device right, CancellationToken stop)
    {
        var sent = new List<string>();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            await Task.WhenAll(left.SendAsync(right.Name, number), right.SendAsync(left.Name, number));
            sent.AddRange([
                string.Create(CultureInfo.InvariantCulture, $"left>right:{number}"),
                string.Create(CultureInfo.InvariantCulture, $"right>left:{number}"),
            ]);
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }

        return sent;
    }
}
