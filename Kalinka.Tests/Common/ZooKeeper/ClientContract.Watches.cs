using System.Collections.Concurrent;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Tests.Common.ZooKeeper;

// Watches.
internal abstract partial class ClientContract
{
    [Test]
    public async Task A_recursive_watch_tells_all_below_before_the_reply()
    {
        var events = new ConcurrentQueue<WatchedEvent>();
        await Client.AddWatchAsync("/w", AddWatchMode.PersistentRecursive, events.Enqueue);
        await Client.CreateAsync("/w", default, CreateMode.Persistent);
        await Client.CreateAsync("/wide", default, CreateMode.Persistent);
        await Client.CreateAsync("/w/a", default, CreateMode.Persistent);
        await Client.SetDataAsync("/w/a", default, -1);
        await Client.DeleteAsync("/w/a", -1);

        Assert.That(
            events,
            Is.EqualTo([
                new WatchedEvent(EventType.NodeCreated, "/w"),
                new WatchedEvent(EventType.NodeCreated, "/w/a"),
                new WatchedEvent(EventType.NodeDataChanged, "/w/a"),
                new WatchedEvent(EventType.NodeDeleted, "/w/a"),
            ])
        );
    }

    [Test]
    public async Task A_persistent_watch_tells_of_one_znode_and_its_children()
    {
        var events = new ConcurrentQueue<WatchedEvent>();
        await Client.CreateAsync("/w", default, CreateMode.Persistent);
        await Client.AddWatchAsync("/w", AddWatchMode.Persistent, events.Enqueue);
        await Client.CreateAsync("/w/a", default, CreateMode.Persistent);
        await Client.SetDataAsync("/w/a", default, -1);
        await Client.SetDataAsync("/w", default, -1);

        Assert.That(
            events,
            Is.EqualTo([
                new WatchedEvent(EventType.NodeChildrenChanged, "/w"),
                new WatchedEvent(EventType.NodeDataChanged, "/w"),
            ])
        );
    }

    [Test]
    public async Task A_watch_that_was_removed_is_silent()
    {
        var events = new ConcurrentQueue<WatchedEvent>();
        await Client.AddWatchAsync("/w", AddWatchMode.PersistentRecursive, events.Enqueue);
        await Client.RemoveWatchesAsync("/w");
        await Client.CreateAsync("/w", default, CreateMode.Persistent);

        Assert.That(events, Is.Empty);
    }

    [Test]
    public async Task A_watcher_that_throws_harms_nobody()
    {
        var events = new ConcurrentQueue<WatchedEvent>();
        await Client.AddWatchAsync("/w", AddWatchMode.Persistent, _ => throw new InvalidOperationException("boom"));
        await Client.AddWatchAsync("/", AddWatchMode.PersistentRecursive, events.Enqueue);
        await Client.CreateAsync("/w", default, CreateMode.Persistent);

        Assert.That(events, Has.Count.EqualTo(1));
    }
}
