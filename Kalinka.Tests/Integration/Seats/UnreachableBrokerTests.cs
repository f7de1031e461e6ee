using Kalinka.Tests.Integration.EndToEnd;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Seats;

/// <summary>Two brokers with two seats each; one of two instances loses its own way to the first of them for a while.</summary>
[TestFixture]
public sealed class UnreachableBrokerTests
{
    private const string Cut = "pub-1";
    private const string Direct = "pub-2";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    // So long an instance may fail before another should have the seat.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private Landscape _landscape = null!;
    private TcpProxy _way = null!;
    private SeatStack _stack = null!;
    private SeatLoad _load = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _landscape = await Landscape.StartAsync();
        await SeatLoad.PrepareAsync(_landscape);
        _way = new TcpProxy(_landscape.Brokers[0].Port);
        _stack = new SeatStack(_landscape, seatsPerBroker: 2);
        _stack.StartBehind(Cut, _way);
        await _stack.EnsureAsync(Cut, Direct);
        await _stack.EvenAsync(Soon, Cut, Direct);
        _load = await SeatLoad.StartAsync(_landscape, TestContext.CurrentContext.Test.ID);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_load is not null)
        {
            await _load.DisposeAsync();
        }

        if (_stack is not null)
        {
            await _stack.DisposeAsync();
        }

        if (_way is not null)
        {
            await _way.DisposeAsync();
        }

        if (_landscape is not null)
        {
            await _landscape.DisposeAsync();
        }
    }

    [TearDown]
    public async Task Tell()
    {
        if (TestContext.CurrentContext.Result.FailCount > 0)
        {
            TestContext.Out.WriteLine(await _stack.OutputsAsync());
        }
    }

    [Test]
    public async Task Who_cannot_serve_a_broker_gives_its_seat_to_one_that_can_and_takes_its_share_again_later()
    {
        // Once a second it is noted whether a seat is served. One that never was, and had to be given up, would not be given
        // back for minutes.
        await _load.GoOnAsync(TimeSpan.FromSeconds(5));

        var cut = TimeProvider.System.GetTimestamp();
        _way.Close();
        await Eventually.That(
            () => _stack.HeldAt("b1", Direct) == 2 && _stack.HeldAt("b1", Cut) == 0,
            Patience + Soon,
            "the other has both seats of the broker"
        );
        var given = TimeProvider.System.GetElapsedTime(cut);
        TestContext.Out.WriteLine(FormattableString.Invariant($"given away after {given.TotalSeconds:0.0} s"));
        Assert.That(given, Is.GreaterThan(Patience), "a moment's absence moves nothing");
        await _load.GoOnAsync(TimeSpan.FromSeconds(2));

        var back = TimeProvider.System.GetTimestamp();
        _way.Open();
        await _stack.EvenAsync(Patience + Soon, Cut, Direct);
        var taken = TimeProvider.System.GetElapsedTime(back);
        TestContext.Out.WriteLine(FormattableString.Invariant($"its share again after {taken.TotalSeconds:0.0} s"));
        Assert.That(_stack.HeldAt("b1", Cut), Is.EqualTo(1));

        var ledger = await _load.SettleAsync();
        TestContext.Out.WriteLine($"{ledger.Sent} sent, 0 lost, {ledger.Repeated} repeated");
        Assert.That(_stack.Counter(Cut, "kalinka_pub_sessions_lost"), Is.Zero);
        Assert.That(_stack.Counter(Direct, "kalinka_pub_sessions_lost"), Is.Zero);
    }
}
