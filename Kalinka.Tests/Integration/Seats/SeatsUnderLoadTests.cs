using System.Globalization;
using Kalinka.Tests.Integration.EndToEnd;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Seats;

/// <summary>
/// Three instances at six brokers with two seats each, and devices that go on sending. The instances outlive a test; each
/// finds three of them.
/// </summary>
[TestFixture]
public sealed class SeatsUnderLoadTests
{
    private const string One = "pub-1";
    private const string Two = "pub-2";
    private const string Three = "pub-3";

    // A promise, not a measurement: within the session time-out and 2 s.
    private static readonly TimeSpan TakeoverWithin = SeatStack.SessionTimeout + TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private Landscape _landscape = null!;
    private SeatStack _stack = null!;
    private SeatLoad _load = null!;

    [OneTimeSetUp]
    public async Task StartServers()
    {
        _landscape = await Landscape.StartAsync(brokers: 6);
        await SeatLoad.PrepareAsync(_landscape);
        _stack = new SeatStack(_landscape, seatsPerBroker: 2);
    }

    [OneTimeTearDown]
    public async Task StopServers()
    {
        if (_stack is not null)
        {
            await _stack.DisposeAsync();
        }

        if (_landscape is not null)
        {
            await _landscape.DisposeAsync();
        }
    }

    [SetUp]
    public async Task Begin()
    {
        await _stack.EnsureAsync(One, Two, Three);
        await _stack.EvenAsync(Soon, One, Two, Three);
        _load = await SeatLoad.StartAsync(_landscape, TestContext.CurrentContext.Test.ID);
    }

    [TearDown]
    public async Task End()
    {
        await _load.DisposeAsync();
        if (TestContext.CurrentContext.Result.FailCount > 0)
        {
            TestContext.Out.WriteLine(await _stack.OutputsAsync());
        }
    }

    [Test]
    public async Task A_killed_instance_is_replaced_in_time_and_its_sessions_go_on_where_they_were()
    {
        var killed = TimeProvider.System.GetTimestamp();
        _stack.Kill(One);
        await AllTakenAsync(killed, Two, Three);
        await _stack.EvenAsync(Soon, Two, Three);
        Assert.That(
            _stack.Counter(Two, "kalinka_pub_takeovers") + _stack.Counter(Three, "kalinka_pub_takeovers"),
            Is.EqualTo(4)
        );

        _stack.Start(One);
        await _stack.EvenAsync(Soon, One, Two, Three);
        await AssertNothingLostAsync(One, Two, Three);
    }

    [Test]
    public async Task A_paused_instance_is_replaced_in_time_and_does_no_harm_when_it_wakes()
    {
        var paused = TimeProvider.System.GetTimestamp();
        _stack[Two].Pause();
        await AllTakenAsync(paused, One, Three);
        await _load.GoOnAsync(TimeSpan.FromSeconds(1));

        _stack[Two].Continue();
        await Eventually.That(() => _stack.Counter(Two, "kalinka_pub_pauses") == 1, Soon, "it notices");
        await _stack.EvenAsync(Soon, One, Two, Three);
        await AssertNothingLostAsync(One, Two, Three);
    }

    [Test]
    public async Task Instances_restarted_in_turn_lose_and_double_nothing_and_move_each_seat_twice_at_most()
    {
        var before = _landscape.Brokers.Sum(SeatConnections);
        foreach (var instance in new[] { One, Two, Three })
        {
            await _stack.StopAsync(instance);
            await _stack.EnsureAsync(instance);
        }

        await _stack.EvenAsync(Soon, One, Two, Three);
        var moves = _landscape.Brokers.Sum(SeatConnections) - before;
        TestContext.Out.WriteLine($"{moves} connections for 12 seats");
        Assert.That(moves, Is.LessThanOrEqualTo(2 * 12));
        var ledger = await AssertNothingLostAsync(One, Two, Three);
        Assert.That(ledger.Repeated, Is.Zero);
    }

    [Test]
    public async Task In_the_end_nothing_is_left_in_any_session()
    {
        await AssertNothingLostAsync(One, Two, Three);
        await Task.WhenAll(_stack.StopAsync(One), _stack.StopAsync(Two), _stack.StopAsync(Three));

        var left = await Task.WhenAll(
            _landscape.Brokers.SelectMany(
                (broker, n) =>
                    Enumerable.Range(0, 2).Select(seat => SeatStack.LeftInAsync(broker, $"kalinka-pub-b{n + 1}-{seat}"))
            )
        );
        Assert.That(left, Is.All.Zero);
    }

    private async Task AllTakenAsync(long since, params string[] survivors)
    {
        await Eventually.That(
            () => _stack.Held(survivors).Sum() == 12,
            TakeoverWithin - TimeProvider.System.GetElapsedTime(since),
            "the others have all its seats"
        );
        var taken = TimeProvider.System.GetElapsedTime(since).TotalSeconds;
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"taken over after {taken:0.0} s"));
    }

    private async Task<SeatLedger> AssertNothingLostAsync(params string[] instances)
    {
        var ledger = await _load.SettleAsync();
        TestContext.Out.WriteLine($"{ledger.Sent} sent, 0 lost, {ledger.Repeated} repeated");
        Assert.That(instances.Sum(instance => _stack.Counter(instance, "kalinka_pub_sessions_lost")), Is.Zero);
        return ledger;
    }

    private static int SeatConnections(MosquittoBroker broker) =>
        broker
            .Log.Split('\n')
            .Count(line =>
                line.Contains(" as kalinka-pub-b", StringComparison.Ordinal)
                && !line.Contains("-look-", StringComparison.Ordinal)
            );
}
