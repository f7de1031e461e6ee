using System.Collections.Concurrent;
using Kalinka.Common.ZooKeeper;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Common.ZooKeeper;

// Sessions and connections.
internal abstract partial class ClientContract
{
    [Test]
    public async Task An_ephemeral_bears_its_session_and_goes_with_it()
    {
        var other = Start(_chroot);
        var gone = new TaskCompletionSource();
        var created = await other.CreateAsync("/e", default, CreateMode.Ephemeral);
        Assert.That(created.Stat.EphemeralOwner, Is.EqualTo(other.SessionId).And.Not.Zero);

        await Client.AddWatchAsync("/e", AddWatchMode.Persistent, _ => gone.TrySetResult());
        await other.CloseAsync();
        await gone.Task.WaitAsync(Soon);
        Assert.That(await Client.ExistsAsync("/e"), Is.Null);
    }

    [Test]
    public async Task A_session_that_was_ended_elsewhere_is_replaced_and_keeps_its_watches()
    {
        var states = new ConcurrentQueue<KeeperState>();
        var told = new TaskCompletionSource();
        await Client.AddWatchAsync(
            "/w",
            AddWatchMode.PersistentRecursive,
            happened => _ = happened.Path == "/w/new" && told.TrySetResult()
        );
        await Client.EnsurePathAsync("/w");
        var ephemeral = await Client.CreateAsync("/e", default, CreateMode.Ephemeral);
        var first = Client.SessionId;
        Client.StateChanged += states.Enqueue;

        await using (var thief = await ForeignConnection.TakeOverAsync(Client))
        {
            await thief.EndSessionAsync();
        }

        await Eventually.That(() => states.Contains(KeeperState.Expired), Soon, "the end of the session");
        await Eventually.That(() => Client.State == KeeperState.Connected, Soon, "a fresh session");
        await Client.CreateAsync("/w/new", default, CreateMode.Persistent);
        await told.Task.WaitAsync(Soon);

        // Another server of an ensemble may have taken the old session once more, before it heard of its end.
        Assert.That(
            states.TakeLast(3),
            Is.EqualTo([KeeperState.Connecting, KeeperState.Expired, KeeperState.Connected])
        );
        Assert.That(states.Count(state => state == KeeperState.Expired), Is.EqualTo(1));
        Assert.That(Client.SessionId, Is.Not.EqualTo(first));
        Assert.That(await Client.ExistsAsync(ephemeral.Path), Is.Null);
    }

    [Test]
    public async Task A_connection_that_was_cut_is_made_again_and_keeps_session_ephemerals_and_watches()
    {
        var states = new ConcurrentQueue<KeeperState>();
        var events = new ConcurrentQueue<WatchedEvent>();
        await Client.AddWatchAsync("/w", AddWatchMode.PersistentRecursive, events.Enqueue);
        await Client.CreateAsync("/e", default, CreateMode.Ephemeral);
        var session = Client.SessionId;
        Client.StateChanged += states.Enqueue;

        // A server closes a connection when another one takes its session.
        await using (await ForeignConnection.TakeOverAsync(Client))
        {
            await Eventually.That(() => states.Contains(KeeperState.Connected), Soon, "connected again");
        }

        await Client.CreateAsync("/w", default, CreateMode.Persistent);
        Assert.That(states, Is.EqualTo([KeeperState.Connecting, KeeperState.Connected]));
        Assert.That(events, Has.Count.EqualTo(1));
        Assert.That(Client.SessionId, Is.EqualTo(session));
        Assert.That((await Client.ExistsAsync("/e"))!.Value.EphemeralOwner, Is.EqualTo(session));
    }

    [Test]
    public async Task An_idle_session_stays_alive()
    {
        var states = new ConcurrentQueue<KeeperState>();
        var shortLived = Start(_chroot, TimeSpan.FromMilliseconds(900));
        await shortLived.CreateAsync("/e", default, CreateMode.Ephemeral);
        shortLived.StateChanged += states.Enqueue;
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);

        Assert.That(states, Is.Empty);
        Assert.That(await Client.ExistsAsync("/e"), Is.Not.Null);
    }

    [Test]
    public async Task After_the_close_requests_fail()
    {
        await Client.ExistsAsync("/");
        await Client.CloseAsync();

        Assert.That(Client.State, Is.EqualTo(KeeperState.Closed));
        Assert.That(async () => await Client.ExistsAsync("/"), Throws.InstanceOf<ObjectDisposedException>());
    }
}
