using System.Net;
using Kalinka.QuickStart.ZooKeeper;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Pub.Seats;

/// <summary>Instances come, go and cannot serve; seats follow, with the protocol of ZooKeeper between them.</summary>
[TestFixture]
public sealed class HandoverTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private readonly List<SeatInstance> _instances = [];
    private MemoryZooKeeper _server = null!;

    [SetUp]
    public void StartServer() => _server = MemoryZooKeeper.Start(IPAddress.Loopback, 0);

    [TearDown]
    public async Task Stop()
    {
        foreach (var instance in _instances)
        {
            await instance.DisposeAsync();
        }

        _instances.Clear();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task Who_comes_gets_its_share_and_who_goes_leaves_it()
    {
        var first = Start("first");
        await UntilAsync(() => first.Held == 2, "the first has both");
        var second = Start("second");
        await UntilAsync(() => first.Held == 1 && second.Held == 1, "each has one");

        _instances.Remove(first);
        await first.DisposeAsync();
        await UntilAsync(() => second.Held == 2, "the second has both");
    }

    [Test]
    public async Task One_that_cannot_serve_gets_nothing()
    {
        var first = Start("first");
        await UntilAsync(() => first.Held == 2, "the first has both");
        var second = Start("second");
        second.Report = second.Report with { BrokersReached = [] };
        await UntilAsync(() => second.Sees.Count() == 2, "they see each other");
        await PassAsync(3 * SeatInstance.SessionTimeout);
        Assert.That((first.Held, second.Held), Is.EqualTo((2, 0)));

        second.Report = second.Report with { BrokersReached = ["b1"] };
        await UntilAsync(() => first.Held == 1 && second.Held == 1, "each has one");
    }

    [Test]
    public async Task One_that_is_unable_for_long_gives_everything_to_one_that_can()
    {
        var first = Start("first");
        await UntilAsync(() => first.Held == 2, "the first has both");
        first.Report = first.Report with { BrokersReached = [], BrokersUnable = ["b1"] };
        await PassAsync(3 * SeatInstance.SessionTimeout);
        Assert.That(first.Held, Is.EqualTo(2), "there is nobody else");

        var second = Start("second");
        await UntilAsync(() => second.Held == 2, "the second has both");
    }

    [Test]
    public async Task An_ensemble_that_comes_back_without_any_session_finds_everything_where_it_was()
    {
        var (first, second) = (Start("first"), Start("second"));
        await UntilAsync(() => first.Held == 1 && second.Held == 1, "each has one");
        var held = Holders();

        await _server.DisposeAsync();
        await PassAsync(SeatInstance.SessionTimeout);
        Assert.That(Holders(), Is.EqualTo(held));
        _server = MemoryZooKeeper.Start(IPAddress.Loopback, _server.Port);

        // The clock stands still until both are back: their ZooKeeper clients live by the real one.
        await Eventually.That(
            () => _instances.TrueForAll(instance => instance.Claims.Any(claim => claim.Holding.Confirmed)),
            Soon,
            "both have taken again what they had"
        );
        await PassAsync(3 * SeatInstance.SessionTimeout);

        Assert.That(Holders(), Is.EqualTo(held));
    }

    private SeatInstance Start(string name)
    {
        var instance = new SeatInstance(_server.Port, name, seats: 2);
        _instances.Add(instance);
        instance.HoldWhatItCan();
        return instance;
    }

    private bool[] Holders() => [.. _instances.SelectMany(instance => instance.Claims.Select(claim => claim.Held))];

    // Time passes for everybody meanwhile.
    private Task UntilAsync(Func<bool> condition, string awaited) =>
        Eventually.That(
            () =>
            {
                _instances.ForEach(instance => instance.Time.Advance(TimeSpan.FromMilliseconds(100)));
                return condition();
            },
            Soon,
            awaited
        );

    private Task PassAsync(TimeSpan time)
    {
        var steps = (int)(time / TimeSpan.FromMilliseconds(100));
        return UntilAsync(() => steps-- == 0, "time passes");
    }
}
