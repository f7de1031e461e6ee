using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Kalinka.Common.Brokers;
using Kalinka.Common.Mqtt;
using Kalinka.Common.ZooKeeper;
using Kalinka.QuickStart.ZooKeeper;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Common.Brokers;

/// <summary>The roster between two clients of one server.</summary>
internal sealed class BrokerRosterTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);
    private static readonly BrokerOptions B1 = new("b1", "127.0.0.1", 1883, MqttVersion.V5, null, null, null);

    private readonly ConcurrentQueue<string> _told = [];
    private CancellationTokenSource _stopping = null!;
    private MemoryZooKeeper _server = null!;
    private ZooKeeperClient _client = null!;
    private ZooKeeperClient _other = null!;
    private LogLines<BrokerRoster> _logger = null!;
    private Task _following = null!;

    [SetUp]
    public void Start()
    {
        _told.Clear();
        _stopping = new CancellationTokenSource();
        _logger = new LogLines<BrokerRoster>();
        _server = MemoryZooKeeper.Start(IPAddress.Loopback, 0);
        (_client, _other) = (Connect(), Connect());
        Assert.That(AddressPattern.TryParse("127.0.0.0/8", out var loopback, out _));
        var options = AnnouncedOptions.None with { Allow = [loopback!] };
        var roster = new BrokerRoster(_client, [B1], options, TimeProvider.System, _logger);
        _following = roster.FollowAsync(Note, _stopping.Token);
    }

    [TearDown]
    public async Task Stop()
    {
        await _stopping.CancelAsync();
        await _following.WaitAsync(Soon);
        await _client.DisposeAsync();
        await _other.DisposeAsync();
        await _server.DisposeAsync();
        _stopping.Dispose();
    }

    [Test]
    public async Task Brokers_come_change_and_go()
    {
        await PutAsync("b2", """{ "address": "mqtt://127.0.0.1:1" }""");
        await Told("Added b2 mqtt://127.0.0.1:1 InService");
        await PutAsync("b2", """{ "address": "mqtt://127.0.0.1:2", "state": "retired" }""");
        await Told("Changed b2 mqtt://127.0.0.1:2 Retired");
        await _other.DeleteAsync("/brokers/b2", -1);
        await Told("Removed b2 mqtt://127.0.0.1:2 Retired");
        await PutAsync("b3", """{ "address": "mqtt://192.0.2.1" }""");
        await Told("Added b3 mqtt://192.0.2.1:1883 Refused");
        Assert.That(_told, Has.Count.EqualTo(4));
    }

    [Test]
    public async Task A_configured_broker_is_retired_and_comes_back_and_what_others_wrote_stays()
    {
        await PutAsync("b1", """{"partition":7,"probe":{"queue":1.50}}""");
        await Told("Changed b1 mqtt://127.0.0.1:1883 InService");
        await BrokerZnodes.MarkRetiredAsync(_other, "b1", retired: true, default);
        await Told("Changed b1 mqtt://127.0.0.1:1883 Retired");
        Assert.That(await ReadAsync("b1"), Is.EqualTo("""{"partition":7,"probe":{"queue":1.50},"state":"retired"}"""));
        await BrokerZnodes.MarkRetiredAsync(_other, "b1", retired: false, default);
        await Told("Changed b1 mqtt://127.0.0.1:1883 InService");
        Assert.That(await ReadAsync("b1"), Is.EqualTo("""{"partition":7,"probe":{"queue":1.50}}"""));
    }

    [Test]
    public async Task Those_who_change_a_znode_at_the_same_time_lose_nothing_of_each_other()
    {
        await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(number =>
                    BrokerZnodes.UpdateAsync(_other, "b9", fields => fields[$"f{number}"] = number, default)
                )
        );
        var json = System.Text.Json.JsonDocument.Parse(await ReadAsync("b9")).RootElement;
        Assert.That(json.EnumerateObject().Count(), Is.EqualTo(20));
    }

    [Test]
    public async Task A_znode_that_is_no_json_is_not_overwritten()
    {
        await PutAsync("b1", "by hand");
        await Assert.ThrowsAsync<InvalidDataException>(() =>
            BrokerZnodes.MarkRetiredAsync(_other, "b1", retired: true, default)
        );
        Assert.That(await ReadAsync("b1"), Is.EqualTo("by hand"));
    }

    [Test]
    public async Task Broken_znodes_are_one_line_each_and_the_others_are_followed()
    {
        await PutAsync("b2", "garbage");
        await PutAsync("no name", """{ "address": "mqtt://127.0.0.1:1" }""");
        await PutAsync("b4", $$"""{ "address": "{{new string('x', 100_000)}}" }""");
        await PutAsync("b5", """{ "address": "mqtt://127.0.0.1:5" }""");
        await Told("Added b5 mqtt://127.0.0.1:5 InService");
        await PutAsync("b6", """{ "address": "mqtt://127.0.0.1:6" }""");
        await Told("Added b6 mqtt://127.0.0.1:6 InService");

        var errors = _logger.Lines.Where(line => line.Level == LogLevel.Error).ToList();
        Assert.That(
            errors.Select(line => line.Text.Split(':')[0]),
            Is.EquivalentTo(new[] { "/brokers/b2", "/brokers/no name", "/brokers/b4" })
        );
        Assert.That(errors.Select(line => line.Text.Length), Is.All.LessThan(300));
    }

    [Test]
    public async Task Announcements_beyond_the_limit_are_left_out_and_a_configured_broker_is_not()
    {
        for (var some = 0; some < 1_010; some += 101)
        {
            var numbers = Enumerable.Range(some, 101);
            await Task.WhenAll(
                numbers.Select(n => PutAsync($"a{n:0000}", $$"""{ "address": "mqtt://127.0.0.1:{{n + 2000}}" }"""))
            );
        }

        await PutAsync("b1", """{ "state": "retired" }""");
        await Told("Changed b1 mqtt://127.0.0.1:1883 Retired");
        await Told("Added a0999 mqtt://127.0.0.1:2999 InService");

        // While they were written, others than the first may have been among the thousand.
        await Eventually.That(() => Announced() is { Count: 1_000 } names && names.Max() == "a0999", Soon, "the first");
        Assert.That(_logger.Lines.Select(line => line.Text), Has.Some.Contains("are left out: more than 1000"));
    }

    [Test]
    public async Task While_the_ensemble_is_away_the_roster_stays()
    {
        await PutAsync("b2", """{ "address": "mqtt://127.0.0.1:1" }""");
        await Told("Added b2 mqtt://127.0.0.1:1 InService");
        await _server.DisposeAsync();
        await Eventually.That(() => _client.State != KeeperState.Connected, Soon, "the loss");
        Assert.That(_following.IsCompleted, Is.False);
        Assert.That(_told, Has.Count.EqualTo(1));
    }

    private void Note(RosterChange change) =>
        _told.Enqueue($"{change.Kind} {change.Entry.Name} {change.Entry.Broker.Address} {change.Entry.State}");

    private HashSet<string> Announced()
    {
        var names = new HashSet<string>();
        foreach (var change in _told.Select(told => told.Split(' ')).Where(change => change[1] != "b1"))
        {
            _ = change[0] == "Removed" ? names.Remove(change[1]) : names.Add(change[1]);
        }

        return names;
    }

    private Task Told(string change) => Eventually.That(() => _told.Contains(change), Soon, change);

    private async Task PutAsync(string name, string data)
    {
        await _other.EnsurePathAsync($"/brokers/{name}");
        await _other.SetDataAsync($"/brokers/{name}", Encoding.UTF8.GetBytes(data), -1);
    }

    private async Task<string> ReadAsync(string name) =>
        Encoding.UTF8.GetString((await _other.GetDataAsync($"/brokers/{name}")).Data);

    private ZooKeeperClient Connect()
    {
        var servers = $"127.0.0.1:{_server.Port}/kalinka";
        var options = new ZooKeeperOptions(servers, TimeSpan.FromSeconds(6), null, null, "/clients", true);
        var client = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        client.Start();
        return client;
    }
}
