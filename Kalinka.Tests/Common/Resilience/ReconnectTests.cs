using Kalinka.Common.Resilience;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Common.Resilience;

[TestFixture]
internal sealed class ReconnectTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly List<ReconnectWait> _waits = [];
    private FakeTimeProvider _time = null!;

    [SetUp]
    public void Reset()
    {
        _time = new FakeTimeProvider();
        _waits.Clear();
    }

    [Test]
    public async Task It_tries_for_ever_ever_later_and_never_later_than_the_longest_delay()
    {
        using var stop = new CancellationTokenSource();
        var attempts = 0;
        var running = Reconnect().RunAsync(_ => Attempt(++attempts), stop.Token);
        await AdvanceUntilAsync(() => attempts == 60);
        await stop.CancelAsync();
        await running.WaitAsync(Soon);

        Assert.That(_waits[0].Delay, Is.LessThan(TimeSpan.FromSeconds(1)), "the first retry is fast");
        Assert.That(_waits.Max(wait => wait.Delay), Is.LessThanOrEqualTo(ReconnectDelays.Default.Longest));
        Assert.That(
            _waits[30..].Average(wait => wait.Delay.TotalSeconds),
            Is.GreaterThan(10),
            "the later ones are slow"
        );
        Assert.That(_waits.Select(wait => wait.Failure), Is.All.InstanceOf<IOException>());

        static Task<TimeSpan> Attempt(int number) => throw new IOException($"attempt {number}");
    }

    [Test]
    public async Task An_attempt_that_is_told_to_end_has_not_failed()
    {
        using var stop = new CancellationTokenSource();
        var running = Reconnect()
            .RunAsync(
                async token =>
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, _time, token);
                    return TimeSpan.Zero;
                },
                stop.Token
            );
        await stop.CancelAsync();
        await running.WaitAsync(Soon);

        Assert.That(_waits, Is.Empty);
    }

    [Test]
    public async Task A_connection_that_held_begins_again_with_the_shortest_delay()
    {
        using var stop = new CancellationTokenSource();
        var attempts = 0;
        var held = TimeSpan.Zero;
        var running = Reconnect().RunAsync(_ => Task.FromResult(++attempts == 20 ? Held() : TimeSpan.Zero), stop.Token);
        await AdvanceUntilAsync(() => attempts == 22);
        await stop.CancelAsync();
        await running.WaitAsync(Soon);

        Assert.That(held, Is.GreaterThan(TimeSpan.Zero));
        Assert.That(_waits[18].Delay, Is.GreaterThan(TimeSpan.FromSeconds(1)), "before the one that held");
        Assert.That(_waits[19], Is.EqualTo(new ReconnectWait(ReconnectDelays.Default.First, null)));
        Assert.That(_waits[20].Delay, Is.LessThan(TimeSpan.FromSeconds(1)));

        TimeSpan Held() => held = ReconnectDelays.Default.Held;
    }

    [Test]
    public async Task An_exception_that_is_not_transient_comes_out()
    {
        var running = Reconnect().RunAsync(_ => throw new InvalidOperationException("a bug"), CancellationToken.None);
        await Assert.ThatAsync(() => running, Throws.InvalidOperationException);
    }

    [Test]
    public async Task Cancelling_ends_an_attempt_and_the_wait_alike()
    {
        using var stop = new CancellationTokenSource();
        var attempt = Reconnect().RunAsync(WaitForever, stop.Token);
        var waiting = Reconnect().RunAsync(_ => Task.FromResult(TimeSpan.Zero), stop.Token);
        await stop.CancelAsync();
        await Task.WhenAll(attempt, waiting).WaitAsync(Soon);

        async Task<TimeSpan> WaitForever(CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, cancellationToken);
            return TimeSpan.Zero;
        }
    }

    private Reconnect Reconnect() =>
        new(_time, ReconnectDelays.Default, transient: thrown => thrown is IOException, waiting: _waits.Add);

    private async Task AdvanceUntilAsync(Func<bool> condition) =>
        await Eventually.That(
            () =>
            {
                _time.Advance(ReconnectDelays.Default.Longest);
                return condition();
            },
            TimeSpan.FromSeconds(30),
            "the attempts"
        );
}
