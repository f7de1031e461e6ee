using System.Net;
using Kalinka.Common.ZooKeeper;
using Kalinka.Pub.Seats;
using Kalinka.QuickStart.ZooKeeper;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Pub.Seats;

/// <summary>Who holds a seat, with the protocol of ZooKeeper between the instances.</summary>
[TestFixture, CancelAfter(60_000)]
public sealed class ZnodeSeatsTests
{
    private const string Path = "/seats/b1/0";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

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
    public async Task Who_comes_first_holds_the_seat_and_the_other_knows_it(CancellationToken deadline)
    {
        var first = Start("first");
        await AcquireAsync(first, deadline);
        var second = Start("second");
        var waiting = second.Claim.AcquireAsync(deadline);
        await UntilAsync(() => second.Claim.HeldElsewhere, "the second sees the first");

        Assert.That(first.Claim.Held, Is.True);
        Assert.That(first.Claim.HeldElsewhere, Is.False);
        Assert.That(waiting.IsCompleted, Is.False);
        var znode = await second.Client.GetDataAsync(Path, deadline);
        Assert.That(znode.Data, Is.EqualTo("first"u8.ToArray()));
        Assert.That(znode.Stat.EphemeralOwner, Is.EqualTo(first.Client.SessionId));
        Assert.That(first.Epochs, Is.EqualTo(new[] { znode.Stat.Czxid }));
    }

    [Test]
    public async Task A_seat_that_is_released_goes_to_who_waits_under_another_epoch(CancellationToken deadline)
    {
        var (first, second, waiting) = await HeldAndWantedAsync(deadline);

        await first.Claim.ReleaseAsync();
        await UntilAsync(() => waiting.IsCompleted, "the second has it");

        Assert.That(first.Claim.Held, Is.False);
        Assert.That(second.Claim.Held, Is.True);
        Assert.That(second.Claim.HeldElsewhere, Is.False);
        Assert.That(second.Epochs.Single(), Is.GreaterThan(first.Epochs.Single()));
    }

    [Test]
    public async Task The_seat_of_an_instance_that_died_goes_to_who_waits(CancellationToken deadline)
    {
        var (first, _, waiting) = await HeldAndWantedAsync(deadline);

        _instances.Remove(first);
        await first.DisposeAsync();

        await UntilAsync(() => waiting.IsCompleted, "the other has it");
    }

    [Test]
    public async Task A_released_seat_can_be_taken_again(CancellationToken deadline)
    {
        var instance = Start("one");
        await AcquireAsync(instance, deadline);
        await instance.Claim.ReleaseAsync();
        await AcquireAsync(instance, deadline);

        Assert.That(instance.Epochs, Has.Count.EqualTo(2).And.Unique);
    }

    [Test]
    public async Task Nobody_deletes_the_znode_of_another_holding(CancellationToken deadline)
    {
        var instance = Start("one");
        var znode = new SeatZnode(instance.Client, "/seats/b1/9", "one");
        await instance.Client.EnsurePathAsync("/seats/b1", deadline);
        var owner = await znode.TryCreateAsync(deadline);

        await znode.DeleteAsync(owner!.Value.Epoch - 1, deadline);
        Assert.That(await instance.Client.ExistsAsync(znode.Path, deadline), Is.Not.Null);
        await znode.DeleteAsync(owner.Value.Epoch, deadline);
        Assert.That(await instance.Client.ExistsAsync(znode.Path, deadline), Is.Null);
    }

    [Test]
    public async Task A_seat_that_another_has_is_lost(CancellationToken deadline)
    {
        var instance = Start("one");
        var lost = await AcquireAsync(instance, deadline);

        // In one transaction, as it looks to a holder whose session expired while it was away and another came first.
        var thief = Start("thief").Client;
        await thief.MultiAsync([Op.Delete(Path), Op.Create(Path, [], CreateMode.Ephemeral)], deadline);

        await Eventually.That(() => lost.IsCancellationRequested, Soon, "the holder hears of it");
        Assert.That(instance.Claim.Held, Is.False);
        Assert.That(instance.Claim.HeldElsewhere, Is.True);
    }

    [Test]
    public async Task A_session_that_expired_takes_the_free_seat_again_and_tells_the_new_epoch(
        CancellationToken deadline
    )
    {
        var instance = Start("one");
        var lost = await AcquireAsync(instance, deadline);

        _server.ExpireSession(instance.Client.SessionId);
        await Eventually.That(() => instance.Epochs.Count == 2, Soon, "the seat is taken again");

        Assert.That(instance.Epochs, Is.Unique);
        Assert.That(lost.IsCancellationRequested, Is.False, "the connection to the broker stays");
        await instance.Claim.MayConnectAsync(false, deadline).WaitAsync(Soon, deadline);
    }

    [Test]
    public async Task A_create_whose_reply_was_lost_is_recognised_as_our_own(CancellationToken deadline)
    {
        var instance = Start("one");
        await instance.Client.EnsurePathAsync("/seats/b1", deadline);
        var created = await instance.Client.CreateAsync(Path, default, CreateMode.Ephemeral, null, deadline);

        await AcquireAsync(instance, deadline);

        Assert.That(instance.Epochs, Is.EqualTo(new[] { created.Stat.Czxid }));
    }

    [Test]
    public async Task While_ZooKeeper_is_away_the_holder_keeps_its_seat_unconfirmed_and_nobody_gets_one(
        CancellationToken deadline
    )
    {
        var (first, second, waiting) = await HeldAndWantedAsync(deadline);

        await StopServerAsync();

        Assert.That(first.Claim.Held, Is.True);
        Assert.That(second.Claim.Held, Is.False);
        Assert.That(waiting.IsCompleted, Is.False);
        var reconnecting = first.Claim.MayConnectAsync(takenOver: false, deadline);
        first.Time.Advance(2 * SeatInstance.SessionTimeout - TimeSpan.FromTicks(1));
        Assert.That(reconnecting.IsCompleted, Is.False, "it cannot confirm that the seat is its own");
        first.Time.Advance(TimeSpan.FromTicks(1));
        await reconnecting;
    }

    [Test]
    public async Task After_a_takeover_only_a_confirmed_holder_connects_again(CancellationToken deadline)
    {
        var instance = Start("one");
        await AcquireAsync(instance, deadline);
        await instance.Claim.MayConnectAsync(takenOver: true, deadline);

        await StopServerAsync();
        var reconnecting = instance.Claim.MayConnectAsync(takenOver: true, deadline);
        instance.Time.Advance(TimeSpan.FromDays(1));
        Assert.That(reconnecting.IsCompleted, Is.False, "however long it lasts");

        _server = MemoryZooKeeper.Start(IPAddress.Loopback, _server.Port);
        await reconnecting;
    }

    [Test]
    public async Task Release_does_not_wait_for_a_ZooKeeper_that_is_away(CancellationToken deadline)
    {
        var instance = Start("one");
        await AcquireAsync(instance, deadline);
        await StopServerAsync();

        var releasing = instance.Claim.ReleaseAsync();
        instance.Time.Advance(TimeSpan.FromSeconds(2));

        await releasing.WaitAsync(Soon, deadline);
        Assert.That(instance.Claim.Held, Is.False);
    }

    private SeatInstance Start(string name)
    {
        var instance = new SeatInstance(_server.Port, name);
        _instances.Add(instance);
        return instance;
    }

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

    private async Task<CancellationToken> AcquireAsync(SeatInstance instance, CancellationToken deadline)
    {
        var acquiring = instance.Claim.AcquireAsync(deadline);
        await UntilAsync(() => acquiring.IsCompleted, "the seat is taken");
        return await acquiring;
    }

    private async Task<(SeatInstance First, SeatInstance Second, Task Waiting)> HeldAndWantedAsync(
        CancellationToken deadline
    )
    {
        var first = Start("first");
        await AcquireAsync(first, deadline);
        var second = Start("second");
        var waiting = second.Claim.AcquireAsync(deadline);
        await UntilAsync(() => second.Claim.HeldElsewhere, "the second waits");
        return (first, second, waiting);
    }

    private async Task StopServerAsync()
    {
        await _server.DisposeAsync();
        await Eventually.That(
            () => _instances.TrueForAll(instance => instance.State == KeeperState.Connecting),
            Soon,
            "everyone has noticed"
        );
    }
}
