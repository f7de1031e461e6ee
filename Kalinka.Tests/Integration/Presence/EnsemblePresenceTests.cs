using System.Text;
using Kalinka.Common.ZooKeeper;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Presence;

/// <summary>Presence before a real ZooKeeper, each test below a chroot of its own.</summary>
[TestFixture, NonParallelizable]
internal sealed class EnsemblePresenceTests
{
    private const int Storm = 100_000;

    private static readonly string[] HostileIds =
    [
        "a/b",
        "/",
        "//",
        "..",
        ".",
        "../../seats/b1/0",
        "zookeeper",
        "quota",
        "%2E%2E",
        "%",
        "\u0001\u001f\u007f",
        "line\nfeed",
        "\u20ac\U0001f600\uf8ff\uffff",
        " ",
        new('x', 2048),
    ];

    private ZooKeeperServer _server = null!;
    private ZooKeeperOptions _options = null!;
    private RealPresence _presence = null!;

    [OneTimeSetUp]
    public async Task StartServer() => _server = await ZooKeeperServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopServer() => await _server.DisposeAsync();

    [SetUp]
    public void Choose() => _options = _server.Options($"/{Guid.NewGuid():N}");

    [TearDown]
    public async Task Stop() => await _presence.DisposeAsync();

    [Test]
    public async Task Hostile_ids_stay_in_their_shard_and_break_nothing()
    {
        _presence = await RealPresence.StartAsync(_options);
        foreach (var id in HostileIds)
        {
            _presence.State("b1", id, here: true);
        }

        _presence.State("b1", Encoding.UTF8.GetBytes(new string('y', 65_535)), here: true);
        _presence.State("b1", [0xff, 0xc0, 0x80], here: true);
        _presence.Stage.TrafficOf("b1").Seen([0xed, 0xa0, 0x80], fresh: true, now: 1);
        _presence.State("b1", "harmless", here: true);
        await _presence.BecomesAsync("harmless", "b1");

        foreach (var id in HostileIds)
        {
            await _presence.BecomesAsync(id, "b1");
        }

        Assert.That(
            await _presence.Seats.GetChildrenAsync("/"),
            Is.SubsetOf(new[] { "clients", "generation", "presence" })
        );
        Assert.That(await ClientZnodesAsync(), Is.EqualTo(HostileIds.Length + 1));
        foreach (var id in HostileIds)
        {
            _presence.State("b1", id, here: false);
            await _presence.BecomesAsync(id, "b1 gone");
        }
    }

    [Test]
    public async Task Who_left_is_swept_after_a_while_by_one_of_two_instances()
    {
        _presence = await RealPresence.StartAsync(_options, TimeSpan.FromSeconds(2));
        await using var second = await RealPresence.StartAsync(_options, TimeSpan.FromSeconds(2), "i2");
        _presence.State("b1", "leaves", here: true);
        _presence.State("b1", "stays", here: true);
        await _presence.BecomesAsync("leaves", "b1");
        _presence.State("b1", "leaves", here: false);
        await _presence.BecomesAsync("leaves", "b1 gone");

        await _presence.BecomesAsync("leaves", "");
        await _presence.BecomesAsync("stays", "b1");
        await Eventually.That(
            () => _presence.Stage.Counters.Swept + second.Stage.Counters.Swept == 1,
            TimeSpan.FromSeconds(10),
            "swept once"
        );
    }

    [Test]
    public async Task Another_generation_makes_everyone_write_again()
    {
        _presence = await RealPresence.StartAsync(_options);
        _presence.State("b1", "c1", here: true);
        await _presence.BecomesAsync("c1", "b1");
        var generation = await GenerationAsync();

        // The entry goes while nobody follows, as in an ensemble that was wiped: only the generation tells.
        var reader = _presence.Stage.ReaderOf("b1")!;
        reader.Pause();
        foreach (var path in await ClientPathsAsync())
        {
            await _presence.Seats.DeleteAsync(path, -1);
        }

        await _presence.BecomesAsync("c1", "");
        reader.Follow(forgotten: false);
        Assert.That(reader.TakeReview(), Is.True, "what a reconnect asks for is not what is tested");
        await _presence.Seats.DeleteAsync("/generation", -1);

        await _presence.BecomesAsync("c1", "b1");
        Assert.That(await GenerationAsync(), Is.Not.EqualTo(generation).And.Not.Empty);
    }

    [Test]
    public async Task A_storm_of_a_hundred_thousand_is_written_in_batches_and_starves_no_seat()
    {
        _presence = await RealPresence.StartAsync(_options);
        var time = TimeProvider.System;
        using var stop = new CancellationTokenSource();
        var slowest = WatchSeatAsync(stop.Token);
        var started = time.GetTimestamp();
        for (var number = 0; number < Storm; number++)
        {
            _presence.State("b1", $"device-{number:d6}", here: true);
        }

        var taken = time.GetElapsedTime(started);
        await WrittenAsync(Storm);
        var written = time.GetElapsedTime(started);

        // All of them move to another broker at once.
        var moved = time.GetTimestamp();
        for (var number = 0; number < Storm; number++)
        {
            _presence.State("b2", $"device-{number:d6}", here: true);
        }

        await WrittenAsync(2 * Storm);
        var moving = time.GetElapsedTime(moved);
        await stop.CancelAsync();
        await TestContext.Out.WriteLineAsync(
            $"taken in {taken.TotalSeconds:0.0} s, created in {written.TotalSeconds:0.0} s, moved in {moving.TotalSeconds:0.0} s, slowest look at a seat {(await slowest).TotalMilliseconds:0} ms"
        );

        Assert.That(await _presence.WhereAsync("device-099999"), Is.EqualTo("b2"));
        Assert.That(_presence.Stage.Counters.Lost, Is.Zero);
        Assert.That(await slowest, Is.LessThan(_options.SessionTimeout), "the seats' session lives");
    }

    private Task WrittenAsync(int count) =>
        Eventually.That(
            () => _presence.Stage.Counters.Written >= count,
            TimeSpan.FromSeconds(120),
            $"{count} changes are written"
        );

    // What the holder of a seat does all the time.
    private async Task<TimeSpan> WatchSeatAsync(CancellationToken stop)
    {
        var time = TimeProvider.System;
        var slowest = TimeSpan.Zero;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        await _presence.Seats.EnsurePathAsync("/presence", CancellationToken.None);
        while (!stop.IsCancellationRequested)
        {
            var asked = time.GetTimestamp();
            await _presence.Seats.SetDataAsync("/presence", default, -1, CancellationToken.None);
            var took = time.GetElapsedTime(asked);
            slowest = took > slowest ? took : slowest;
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        return slowest;
    }

    private async Task<string> GenerationAsync()
    {
        await Eventually.That(
            () => _presence.Seats.ExistsAsync("/generation").Result is not null,
            TimeSpan.FromSeconds(10),
            "a generation"
        );
        return Encoding.UTF8.GetString((await _presence.Seats.GetDataAsync("/generation")).Data);
    }

    private async Task<int> ClientZnodesAsync() => (await ClientPathsAsync()).Count;

    private async Task<List<string>> ClientPathsAsync()
    {
        var paths = new List<string>();
        foreach (var shard in await _presence.Seats.GetChildrenAsync("/clients"))
        {
            Assert.That(shard, Does.Match("^[0-9a-f]{2}$"));
            foreach (var name in await _presence.Seats.GetChildrenAsync($"/clients/{shard}"))
            {
                paths.Add($"/clients/{shard}/{name}");
                Assert.That(await _presence.Seats.GetChildrenAsync(paths[^1]), Is.Empty);
            }
        }

        return paths;
    }
}
