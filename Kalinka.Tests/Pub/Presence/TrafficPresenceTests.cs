using System.Globalization;
using Kalinka.Common.Directory;
using Kalinka.Pub.Presence;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Pub.Presence;

/// <summary>What messages tell the directory about where clients are.</summary>
[TestFixture, CancelAfter(30_000)]
public sealed class TrafficPresenceTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private MemoryDirectory _directory = null!;
    private PubInstance _pub = null!;

    [SetUp]
    public void Build()
    {
        _directory = new MemoryDirectory();
        _pub = new PubInstance(
            _directory,
            _time,
            options => options with { NewClientsPerSecond = 10, MaximumClients = 500 }
        );
    }

    [TearDown]
    public async Task Stop() => await _pub.DisposeAsync();

    [Test]
    public void What_is_known_costs_nothing()
    {
        _directory.Set("c1", "b1", new LocationDetails(Since: _time.GetUtcNow().ToUnixTimeMilliseconds()));
        var traffic = _pub.Presence.TrafficOf("b1");
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        See(1_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        See(10_000);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(_pub.Presence.Pending.Count, Is.Zero);

        void See(int count)
        {
            for (var round = 0; round < count; round++)
            {
                traffic.Seen("c1"u8, fresh: true, now);
            }
        }
    }

    [Test]
    public async Task Clients_without_an_entry_are_written_once_and_together()
    {
        _pub.Traffic("b1", "c1");
        _pub.Traffic("b2", "c2");
        _pub.Traffic("b1", "c1");
        _pub.Run();
        await Becomes("c1", "b1");
        await Becomes("c2", "b2");
        Assert.That((_directory.Changes, _directory.Batches), Is.EqualTo((2, 1)));
    }

    [Test]
    public async Task A_fresh_message_moves_a_client_and_brings_one_back_that_was_marked()
    {
        _directory.Set("c1", "b2");
        _directory.Set("c2", "b1", new LocationDetails(1, 0, OfflineSince: 2));
        _pub.Run();
        _pub.Traffic("b1", "c1");
        _pub.Traffic("b1", "c2");
        await Becomes("c1", "b1");
        await Becomes("c2", "b1");
    }

    [Test]
    public async Task A_message_that_is_not_fresh_moves_nobody()
    {
        _directory.Set("c1", "b2");
        _directory.Set("c2", "b1", new LocationDetails(1, 0, OfflineSince: 2));
        _pub.Run();
        _pub.Traffic("b1", "c1", fresh: false);
        _pub.Traffic("b1", "c2", fresh: false);
        _pub.Traffic("b1", "c3", fresh: false);
        await Becomes("c3", "b1");
        Assert.That((_directory["c1"], _directory["c2"]), Is.EqualTo(("b2", "b1 gone")));
    }

    [Test]
    public async Task Names_that_no_entry_can_bear_are_counted_and_hold_up_nobody()
    {
        _pub.Traffic("b1", new string('x', ClientPath.LongestName + 1));
        _pub.Traffic("b1", "a\0b");
        _pub.Traffic("b1", "c1");
        _pub.Run();
        await Becomes("c1", "b1");
        Assert.That(_pub.Counters.Unplaceable, Is.EqualTo(2));
    }

    [Test]
    public void Not_more_wait_than_there_is_room_for()
    {
        for (var number = 0; number < PendingSightings.MostByTraffic + 5; number++)
        {
            _pub.Traffic("b1", number.ToString(CultureInfo.InvariantCulture));
        }

        Assert.That(_pub.Counters.Deferred, Is.EqualTo(5));
    }

    [Test]
    public async Task New_clients_come_at_a_rate_for_each_broker()
    {
        _pub.Run();
        Rush("b1", 150);
        await Eventually.That(() => _pub.Counters.Capped == 50, Soon, "ten seconds' worth at once");
        Assert.That(_directory.Count, Is.EqualTo(100));

        _pub.Traffic("b2", "other");
        await Becomes("other", "b2");
        _time.Advance(TimeSpan.FromSeconds(2));
        Rush("b1", 150);
        await Eventually.That(() => _directory.Count == 121, Soon, "two seconds' worth more");
    }

    [Test]
    public async Task And_not_beyond_a_number_in_all()
    {
        for (var number = 0; number < 498; number++)
        {
            _directory.Set($"old{number}", "b9");
        }

        _pub.Run();
        Rush("b1", 10);
        await Eventually.That(() => _pub.Counters.Capped == 8, Soon, "no room");
        Assert.That(_directory.Count, Is.EqualTo(500));
    }

    [Test]
    public async Task What_brokers_themselves_report_is_not_limited()
    {
        _pub.Reads("b1").Run();
        for (var number = 0; number < 700; number++)
        {
            _pub.Online("b1", $"c{number}");
        }

        await Eventually.That(() => _directory.Count == 700, Soon, "all of them");
    }

    private void Rush(string broker, int count)
    {
        for (var number = 0; number < count; number++)
        {
            _pub.Traffic(broker, $"c{number}");
        }
    }

    private Task Becomes(string client, string expected) =>
        Eventually.That(() => _directory[client] == expected, Soon, $"{client} at {expected}");
}
