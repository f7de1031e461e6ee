using Kalinka.Pub.Presence;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Pub.Presence;

/// <summary>Brokers that restart, and brokers that tell nothing.</summary>
[TestFixture, CancelAfter(30_000)]
public sealed class BrokerRestartTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(55));
    private MemoryDirectory _directory = null!;
    private PubInstance _pub = null!;

    [SetUp]
    public async Task Build()
    {
        _directory = new MemoryDirectory();
        _pub = new PubInstance(_directory, _time).Reads("b1").Run();
        foreach (var client in new[] { "back", "silent", "gone" })
        {
            _pub.Online("b1", client);
            await Becomes(client, "b1");
        }

        _directory.Set("elsewhere", "b2");
        _directory.Set("provisioned", "b1");
        _time.Advance(TimeSpan.FromSeconds(1));
    }

    [TearDown]
    public async Task Stop() => await _pub.DisposeAsync();

    [Test]
    public async Task Who_does_not_come_back_is_marked_after_a_grace()
    {
        _pub.Uptime("b1", 4_000);
        _pub.Reads("b1");
        _pub.Online("b1", "back", at: 9_000);
        _pub.Uptime("b1", 2);
        _pub.Traffic("b1", "silent");
        _pub.Online("b1", "gone", stored: true);
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.That(_directory["gone"], Is.EqualTo("b1"), "it may still come");

        await Graced(() => _directory["gone"] == "b1 gone");
        await Graced(() => _pub.Presence.ReaderOf("b1")!.RestartedAt == 0);
        Assert.That(
            (_directory["back"], _directory["silent"], _directory["elsewhere"], _directory["provisioned"]),
            Is.EqualTo(("b1", "b1", "b2", "b1 gone"))
        );
        Assert.That(_pub.Counters.Restarts, Is.EqualTo(1));
    }

    [Test]
    public async Task Also_when_only_the_forgotten_session_tells()
    {
        _pub.Presence.ReaderOf("b1")!.Follow(forgotten: true);
        _pub.Online("b1", "back");
        await Graced(() => _directory["gone"] == "b1 gone");
        Assert.That(_directory["back"], Is.EqualTo("b1"));
    }

    [Test]
    public async Task Uptime_that_grows_is_no_restart()
    {
        _pub.Uptime("b1", 10);
        _pub.Uptime("b1", 20);
        _pub.Uptime("b1", 20);
        _pub.Presence.ReaderOf("b1")!.Follow(forgotten: false);
        _pub.Uptime("b1", 30);
        for (var minute = 0; minute < 5; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        Assert.That((_pub.Counters.Restarts, _directory["gone"]), Is.EqualTo((0L, "b1")));
    }

    [Test]
    public async Task Another_reader_of_the_broker_ends_it()
    {
        _pub.Uptime("b1", 4_000);
        _pub.Reads("b1").Uptime("b1", 2);
        _pub.Presence.ReaderOf("b1")!.Leave();
        for (var minute = 0; minute < 5; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        Assert.That(_directory["gone"], Is.EqualTo("b1"));
    }

    [Test]
    public async Task Who_was_marked_wrongly_is_back_with_its_next_message()
    {
        _pub.Uptime("b1", 4_000);
        _pub.Reads("b1").Uptime("b1", 2);
        await Graced(() => _directory["silent"] == "b1 gone");
        await Graced(() => _pub.Presence.ReaderOf("b1")!.RestartedAt == 0);
        _pub.Traffic("b1", "silent");
        await Becomes("silent", "b1");
    }

    [Test]
    public async Task A_broker_that_tells_nothing_is_found_out()
    {
        await using var pub = new PubInstance(_directory, _time).Reads("b1", "b2", "b3").Run();
        await Ticks(TimeSpan.FromSeconds(2));
        pub.Traffic("b1", "c1");
        pub.Traffic("b2", "c2");
        pub.Online("b2", "c2");
        await Ticks(SilentSources.Patience);

        // b1: no event, though messages go on.
        await Graced(() =>
        {
            pub.Traffic("b1", "c1");
            return pub.Presence.Silent == 1;
        });
        pub.Online("b1", "c1");
        await Ticks(TimeSpan.FromSeconds(2));
        await Graced(() => pub.Presence.Silent == 0);
    }

    private async Task Ticks(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(1))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }

    private Task Graced(Func<bool> condition) =>
        Eventually.That(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return condition();
            },
            Soon,
            "after the grace"
        );

    private Task Becomes(string client, string expected) =>
        Eventually.That(() => _directory[client] == expected, Soon, $"{client} at {expected}");
}
