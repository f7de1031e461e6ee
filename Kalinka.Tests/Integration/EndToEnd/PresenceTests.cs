using System.Text;
using System.Text.Json;
using Kalinka.Common.Directory;
using Kalinka.Common.ZooKeeper;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Integration.EndToEnd;

/// <summary>Where devices are, as Mosquitto's own log tells it, with both daemons running.</summary>
[TestFixture, NonParallelizable]
public sealed class PresenceTests
{
    private const int Moves = 1_000;

    private const string LogTopic = """
        log_dest topic
        log_type notice
        connection_messages true
        sys_interval 1
        """;

    private const string Sources = """, "Presence": { "Sources": ["Traffic", "Mosquitto"] }""";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private Landscape _landscape = null!;
    private ZooKeeperClient _ensemble = null!;
    private Daemon[] _daemons = [];

    [OneTimeSetUp]
    public async Task Start()
    {
        _landscape = await Landscape.StartAsync(more: LogTopic);
        _daemons = [_landscape.StartPub("pub-1", more: Sources), _landscape.StartSub("sub-1")];
        await Task.WhenAll(_daemons.Select(daemon => daemon.WaitReadyAsync()));
        _ensemble = new ZooKeeperClient(
            _landscape.ZooKeeper.Options("/kalinka"),
            TimeProvider.System,
            NullLogger.Instance
        );
        _ensemble.Start();
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _ensemble.DisposeAsync();
        await _landscape.DisposeAsync();
    }

    [Test]
    public async Task A_device_that_only_listens_is_known_followed_and_reached()
    {
        await using var listener = await Device.ConnectAsync("listener", Port(0));
        await Becomes("listener", "b1");
        await using var sender = await Device.ConnectAsync("speaker", Port(1));
        await sender.SendAsync("listener", 0);
        await Eventually.That(() => listener.Received.Count == 1, Soon, "it arrives");

        await listener.DisconnectAsync();
        await Becomes("listener", "b1 gone");
        await listener.ConnectAsync(Port(1));
        await Becomes("listener", "b2");
        await sender.SendAsync("listener", 1);
        await Eventually.That(() => listener.Received.Count == 2, Soon, "so does the next");
    }

    [TestCase("victim (p2, c1, k60).")]
    [TestCase("victim disconnected.")]
    [TestCase("victim disconnected: Connection reset by peer.")]
    [TestCase("victim [127.0.0.1:1] disconnected: x")]
    public async Task A_device_that_imitates_another_in_the_log_moves_nobody(string hostile)
    {
        await using var victim = await Device.ConnectAsync("victim", Port(0));
        await Becomes("victim", "b1");
        var attacker = await Device.ConnectAsync(hostile, Port(0));
        await attacker.DisconnectAsync();
        await attacker.DisposeAsync();

        // What comes behind it in the log has been read.
        await using var next = await Device.ConnectAsync($"after {hostile.Length}", Port(0));
        await Becomes(next.Name, "b1");
        Assert.That(await WhereAsync("victim"), Is.EqualTo("b1"));
    }

    [Test]
    public async Task A_device_that_moves_a_thousand_times_under_traffic_gets_everything()
    {
        await using var sender = await Device.ConnectAsync("sender", Port(0));
        await using var mover = await Device.ConnectAsync("mover", Port(0));
        await Becomes("mover", "b1");
        var sent = new List<string>();
        for (var move = 0; move < Moves; move++)
        {
            var sending = sender.SendAsync("mover", move);
            await mover.DisconnectAsync();
            await mover.ConnectAsync(Port((move + 1) % 2));
            await sending;
            sent.Add($"sender>mover:{move}");
        }

        // Its sessions at both brokers may still hold something.
        var ledger = new Ledger(sent, [mover]);
        for (var visit = 0; visit < 20 && ledger.Lost().Count > 0; visit++)
        {
            await mover.DisconnectAsync();
            await mover.ConnectAsync(Port(visit % 2));
            await Arrive(ledger);
        }

        Assert.That(ledger.Lost(), Is.Empty);
        Assert.That(await Task.WhenAll(_daemons.Select(DeadLettersAsync)), Has.All.Zero);
        await TestContext.Out.WriteLineAsync($"duplicates: {ledger.Duplicates()}");
    }

    [Test]
    public async Task What_a_broker_has_told_outlives_the_instance_that_heard_it()
    {
        var devices = Enumerable.Range(0, 200).Select(number => $"silent-{number}").ToList();
        var connecting = Task.WhenAll(devices.Select(name => Device.ConnectAsync(name, Port(0))));
        await Eventually.That(
            () => _daemons[0].StatusAsync().GetAwaiter().GetResult() is var status && Events(status) > 50,
            Soon,
            "it hears"
        );
        Assert.That(await _daemons[0].TerminateAsync(), Is.Zero);
        var connected = await connecting;

        _daemons[0] = _landscape.StartPub("pub-2", more: Sources);
        await _daemons[0].WaitReadyAsync();
        foreach (var name in devices)
        {
            await Becomes(name, "b1");
        }

        foreach (var device in connected)
        {
            await device.DisposeAsync();
        }
    }

    private static long Events(JsonDocument status) =>
        status.RootElement.GetProperty("counters").GetProperty("presenceEvents").GetInt64();

    private int Port(int broker) => _landscape.Brokers[broker].Port;

    private static async Task Arrive(Ledger ledger)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var tick = 0; tick < 20 && ledger.Lost().Count > 0; tick++)
        {
            await timer.WaitForNextTickAsync();
        }
    }

    private static async Task<long> DeadLettersAsync(Daemon daemon)
    {
        using var status = await daemon.StatusAsync();
        return status
            .RootElement.GetProperty("counters")
            .EnumerateObject()
            .Where(counter => counter.Name.StartsWith("dead", StringComparison.Ordinal))
            .Sum(counter => counter.Value.GetInt64());
    }

    private async Task Becomes(string client, string expected)
    {
        var last = "";
        var looking = Task.CompletedTask;
        await Eventually.That(
            () =>
            {
                if (looking.IsCompleted)
                {
                    looking = LookAsync();
                }

                return Volatile.Read(ref last) == expected;
            },
            Soon,
            $"{client} at '{expected}'"
        );

        async Task LookAsync() => Volatile.Write(ref last, await WhereAsync(client));
    }

    private async Task<string> WhereAsync(string client)
    {
        new ClientPath("/clients", shards: true).TryMap(Encoding.UTF8.GetBytes(client), out var path, out _);
        if (await _ensemble.FindDataAsync(path!) is not { } znode)
        {
            return "";
        }

        var lines = Encoding.UTF8.GetString(znode.Data).Split('\n');
        return lines[0] + (lines.Length > 1 && lines[1].Contains("offlineSince") ? " gone" : "");
    }
}
