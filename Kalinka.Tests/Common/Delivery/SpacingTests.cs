using System.Diagnostics;
using Kalinka.Common.Delivery;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Common.Delivery;

[TestFixture]
public sealed class SpacingTests
{
    // With a wait before each they would take a second and more.
    private const int Turns = 1_000;

    private readonly FakeTimeProvider _time = new();

    [Test]
    public void A_turn_that_follows_at_once_waits_for_what_gathers()
    {
        var spacing = new Spacing(_time);
        spacing.Begin(gather: true);

        var elapsed = Measure(20, () => spacing.Begin(gather: true));

        Assert.That(elapsed, Is.GreaterThan(10 * Spacing.Apart));
    }

    [Test]
    public void A_turn_after_a_rest_begins_at_once()
    {
        var spacing = new Spacing(_time);

        var elapsed = Measure(
            Turns,
            () =>
            {
                _time.Advance(Spacing.Apart);
                spacing.Begin(gather: true);
            }
        );

        Assert.That(elapsed, Is.LessThan(Turns * Spacing.Apart / 2));
    }

    [Test]
    public void Where_nothing_may_gather_no_turn_waits()
    {
        var spacing = new Spacing(_time);

        var elapsed = Measure(Turns, () => spacing.Begin(gather: false));

        Assert.That(elapsed, Is.LessThan(Turns * Spacing.Apart / 2));
    }

    private static TimeSpan Measure(int times, Action action)
    {
        var began = Stopwatch.GetTimestamp();
        for (var time = 0; time < times; time++)
        {
            action();
        }

        return Stopwatch.GetElapsedTime(began);
    }
}
