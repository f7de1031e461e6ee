using Kalinka.Common.Directory;
using Kalinka.Pub.Presence;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Pub.Presence;

/// <summary>What becomes of the entries of clients that left.</summary>
[TestFixture, CancelAfter(30_000)]
public sealed class SweeperTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(55);

    private FakeTimeProvider _time = null!;
    private MemoryDirectory _directory = null!;
    private PresenceCounters _counters = null!;
    private bool _elected;

    [SetUp]
    public void Build()
    {
        _time = new FakeTimeProvider(Start);
        _directory = new MemoryDirectory();
        _counters = new PresenceCounters();
        _elected = true;
    }

    [Test]
    public async Task Who_left_longer_ago_than_is_kept_is_removed_and_nobody_else()
    {
        Left("long ago", TimeSpan.FromHours(-25));
        Left("lately", TimeSpan.FromHours(-20));
        _directory.Set("here", "b1", new LocationDetails(Since: 1));
        _directory.Set("foreign", "b1");
        for (var number = 0; number < 20; number++)
        {
            Left($"old{number}", TimeSpan.FromDays(-2));
        }

        await SweepUntil(() => _directory.Count == 3);
        Assert.That(_directory["long ago"], Is.Empty);
        Assert.That(_counters.Swept, Is.EqualTo(21));
    }

    [Test]
    public async Task Who_came_back_meanwhile_stays()
    {
        Left("c", TimeSpan.FromDays(-2));
        Left("other", TimeSpan.FromDays(-2));
        _directory.BeforeChange = () => _directory.Set("c", "b2", new LocationDetails(Since: 5));
        await SweepUntil(() => _directory["other"].Length == 0);
        Assert.That(_directory["c"], Is.EqualTo("b2"));
    }

    [Test]
    public async Task Who_is_not_elected_sweeps_nothing_until_it_is()
    {
        _elected = false;
        Left("c", TimeSpan.FromDays(-2));
        using var stop = new CancellationTokenSource();
        var running = Sweeper().RunAsync(stop.Token);
        for (var hour = 0; hour < 12; hour++)
        {
            _time.Advance(TimeSpan.FromHours(1));
            await Task.Yield();
        }

        Assert.That(_directory.Count, Is.EqualTo(1));
        _elected = true;
        await Eventually.That(() => Passed(1) && _directory.Count == 0, Soon, "swept");
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Left(string client, TimeSpan ago) =>
        _directory.Set(
            client,
            "b1",
            new LocationDetails(Since: 1, OfflineSince: Start.Add(ago).ToUnixTimeMilliseconds())
        );

    private Sweeper Sweeper() =>
        new(
            _directory.Connect(),
            _ => Task.FromResult(_elected),
            _counters,
            TimeSpan.FromDays(1),
            _time,
            NullLogger<Sweeper>.Instance
        );

    private async Task SweepUntil(Func<bool> condition)
    {
        using var stop = new CancellationTokenSource();
        var running = Sweeper().RunAsync(stop.Token);
        _time.Advance(TimeSpan.FromHours(1));
        await Eventually.That(() => Passed(0) && condition(), Soon, "swept");
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private bool Passed(int hours)
    {
        _time.Advance(TimeSpan.FromHours(hours) + TimeSpan.FromMilliseconds(200));
        return true;
    }
}
