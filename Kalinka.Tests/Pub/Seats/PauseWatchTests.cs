using Kalinka.Pub.Seats;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Pub.Seats;

[TestFixture]
public sealed class PauseWatchTests
{
    [Test]
    public void Only_a_gap_longer_than_the_limit_is_told_and_once()
    {
        var time = new FakeTimeProvider();
        var gaps = new List<TimeSpan>();
        using var watch = new PauseWatch(TimeSpan.FromSeconds(10), time, gaps.Add);

        time.Advance(TimeSpan.FromSeconds(10));
        watch.Tick();
        Assert.That(gaps, Is.Empty);

        time.Advance(TimeSpan.FromSeconds(11));
        watch.Tick();
        watch.Tick();
        Assert.That(gaps, Is.EqualTo([TimeSpan.FromSeconds(11)]));
    }

    [Test]
    public void The_process_is_waking_until_all_that_follows_is_done()
    {
        var time = new FakeTimeProvider();
        var seen = new List<bool>();
        PauseWatch watch = null!;
        watch = new PauseWatch(TimeSpan.FromSeconds(10), time, _ => seen.Add(watch.IsWaking));
        using var _ = watch;
        Assert.That(watch.IsWaking, Is.False);

        time.Advance(TimeSpan.FromSeconds(11));
        Assert.That(watch.IsWaking, "before the watch itself has noticed");
        watch.Tick();

        Assert.That(seen, Is.EqualTo([true]));
        Assert.That(watch.IsWaking, Is.False);
    }
}
