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
}
