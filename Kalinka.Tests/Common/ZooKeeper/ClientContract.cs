using System.Collections.Concurrent;
using Kalinka.Common.ZooKeeper;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Common.ZooKeeper;

/// <summary>What the client promises, on whatever server; each test below a chroot of its own.</summary>
internal abstract class ClientContract
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(10);

    private readonly List<ZooKeeperClient> _clients = [];
    private string _chroot = "";

    /// <summary>Without a chroot.</summary>
    protected abstract string Servers { get; }

    // The first of the clients.
    private ZooKeeperClient Client => _clients[0];

    [SetUp]
    public void Connect()
    {
        _chroot = $"/{Guid.NewGuid():N}/app";
        Start(_chroot);
    }

    [TearDown]
    public async Task Disconnect()
    {
        foreach (var client in _clients)
        {
            await client.CloseAsync();
        }

        _clients.Clear();
    }

    [Test]
    public async Task A_created_znode_is_read_back()
    {
        var created = await Client.CreateAsync("/a", "one"u8.ToArray(), CreateMode.Persistent);
        var read = await Client.GetDataAsync("/a");

        Assert.That(created.Path, Is.EqualTo("/a"));
        Assert.That(created.Stat, Is.EqualTo(read.Stat));
        Assert.That(read.Data, Is.EqualTo("one"u8.ToArray()));
        Assert.That(read.Stat.Czxid, Is.Positive.And.EqualTo(read.Stat.Mzxid));
        Assert.That(read.Stat.EphemeralOwner, Is.Zero);
        Assert.That(read.Stat.DataLength, Is.EqualTo(3));
    }

    [Test]
    public async Task Sequential_znodes_count_up()
    {
        var first = await Client.CreateAsync("/n-", default, CreateMode.PersistentSequential);
        var second = await Client.CreateAsync("/n-", default, CreateMode.EphemeralSequential);

        Assert.That(first.Path, Is.EqualTo("/n-0000000000"));
        Assert.That(second.Path, Is.EqualTo("/n-0000000001"));
        Assert.That(second.Stat.EphemeralOwner, Is.EqualTo(Client.SessionId));
    }

    [Test]
    public async Task A_refusal_names_its_code_and_path()
    {
        await Client.CreateAsync("/a", default, CreateMode.Persistent);
        await Client.CreateAsync("/a/b", default, CreateMode.Persistent);
        await Client.CreateAsync("/e", default, CreateMode.Ephemeral);

        await Refused(KeeperCode.NodeExists, "/a", Client.CreateAsync("/a", default, CreateMode.Persistent));
        await Refused(KeeperCode.NoNode, "/x/y", Client.CreateAsync("/x/y", default, CreateMode.Persistent));
        await Refused(KeeperCode.NoNode, "/x", Client.GetDataAsync("/x"));
        await Refused(KeeperCode.NoNode, "/x", Client.GetChildrenAsync("/x"));
        await Refused(KeeperCode.BadVersion, "/a", Client.SetDataAsync("/a", default, 7));
        await Refused(KeeperCode.BadVersion, "/a/b", Client.DeleteAsync("/a/b", 7));
        await Refused(KeeperCode.NotEmpty, "/a", Client.DeleteAsync("/a", -1));
        await Refused(KeeperCode.NoChildrenForEphemerals, "/e/f", Client.CreateAsync("/e/f", default, default));
        await Refused(KeeperCode.NoWatcher, "/a", Client.RemoveWatchesAsync("/a"));
    }

    [Test]
    public async Task Absence_is_an_answer_where_one_asks_for_it()
    {
        Assert.That(await Client.ExistsAsync("/x"), Is.Null);
        Assert.That(await Client.FindDataAsync("/x"), Is.Null);
    }

    [Test]
    public async Task Data_is_set_at_the_version_that_is_known()
    {
        await Client.CreateAsync("/a", default, CreateMode.Persistent);
        var stat = await Client.SetDataAsync("/a", "two"u8.ToArray(), 0);
        var found = await Client.FindDataAsync("/a");

        Assert.That(stat.Version, Is.EqualTo(1));
        Assert.That(found!.Value.Stat, Is.EqualTo(stat));
        Assert.That(found.Value.Data, Is.EqualTo("two"u8.ToArray()));
    }

    [Test]
    public async Task Children_are_listed_and_counted_till_they_are_deleted()
    {
        await Client.CreateAsync("/p", default, CreateMode.Persistent);
        await Client.CreateAsync("/p/a", default, CreateMode.Persistent);
        await Client.CreateAsync("/p/ü", default, CreateMode.Persistent);
        Assert.That(await Client.GetChildrenAsync("/p"), Is.EquivalentTo(["a", "ü"]));

        await Client.DeleteAsync("/p/a", 0);
        var parent = await Client.ExistsAsync("/p");
        Assert.That(await Client.GetChildrenAsync("/p"), Is.EqualTo(["ü"]));
        Assert.That(parent!.Value.NumChildren, Is.EqualTo(1));
        Assert.That(parent.Value.Cversion, Is.EqualTo(3));
    }

    [Test]
    public async Task A_multi_does_all_and_tells_what_came_of_each()
    {
        await Client.CreateAsync("/old", default, CreateMode.Persistent);
        var result = await Client.MultiAsync([
            Op.Check("/old", 0),
            Op.Create("/new-", "x"u8.ToArray(), CreateMode.PersistentSequential),
            Op.SetData("/old", "y"u8.ToArray(), 0),
            Op.Create("/gone", []),
            Op.Delete("/gone"),
        ]);

        Assert.That(result.Succeeded, Is.True);
        Assert.That(result.Results, Has.Count.EqualTo(5));
        Assert.That(result.Results[1].Path, Is.EqualTo("/new-0000000001"));
        Assert.That(result.Results[2].Stat.Version, Is.EqualTo(1));
        Assert.That(await Client.ExistsAsync("/gone"), Is.Null);
    }

    [Test]
    public async Task A_multi_that_fails_does_nothing()
    {
        await Client.CreateAsync("/old", "x"u8.ToArray(), CreateMode.Persistent);
        var result = await Client.MultiAsync([
            Op.SetData("/old", "y"u8.ToArray()),
            Op.Create("/new", []),
            Op.Delete("/missing"),
            Op.Create("/other", []),
        ]);

        Assert.That(result.Code, Is.EqualTo(KeeperCode.NoNode));
        Assert.That(
            result.Results.Select(each => each.Code),
            Is.EqualTo([KeeperCode.Ok, KeeperCode.Ok, KeeperCode.NoNode, KeeperCode.RuntimeInconsistency])
        );
        Assert.That((await Client.GetDataAsync("/old")).Data, Is.EqualTo("x"u8.ToArray()));
        Assert.That(await Client.GetChildrenAsync("/"), Is.EqualTo(["old"]));
    }

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

    [Test]
    public async Task An_ephemeral_bears_its_session_and_goes_with_it()
    {
        var other = Start(_chroot);
        var gone = new TaskCompletionSource();
        var created = await other.CreateAsync("/e", default, CreateMode.Ephemeral);
        Assert.That(created.Stat.EphemeralOwner, Is.EqualTo(other.SessionId).And.Not.Zero);

        await Client.AddWatchAsync("/e", AddWatchMode.Persistent, _ => gone.TrySetResult());
        await other.CloseAsync();
        await gone.Task.WaitAsync(s_soon);
        Assert.That(await Client.ExistsAsync("/e"), Is.Null);
    }

    [Test]
    public async Task Requests_are_pipelined_and_answered_in_order()
    {
        await Client.CreateAsync("/a", default, CreateMode.Persistent);
        var writes = Enumerable.Range(1, 500).Select(i => Client.SetDataAsync("/a", BitConverter.GetBytes(i), i - 1));
        var stats = await Task.WhenAll(writes);

        Assert.That(stats.Select(stat => stat.Version), Is.EqualTo(Enumerable.Range(1, 500)));
    }

    [Test]
    public async Task The_chroot_is_made_and_nobody_below_it_sees_it()
    {
        await Client.CreateAsync("/a", default, CreateMode.Persistent);
        var root = Start("");

        Assert.That(await root.ExistsAsync(_chroot + "/a"), Is.Not.Null);
        Assert.That(await Client.GetChildrenAsync("/"), Is.EqualTo(["a"]));
    }

    [Test]
    public async Task A_whole_path_is_made_where_parts_are_missing()
    {
        await Client.EnsurePathAsync("/a/b/c");
        await Client.EnsurePathAsync("/a/b/d");

        Assert.That(await Client.GetChildrenAsync("/a/b"), Is.EquivalentTo(["c", "d"]));
    }

    [Test]
    public async Task What_one_client_wrote_another_reads_after_a_sync()
    {
        var other = Start(_chroot);
        await other.ExistsAsync("/");
        await Client.CreateAsync("/a", default, CreateMode.Persistent);
        await other.SyncAsync("/");

        Assert.That(await other.ExistsAsync("/a"), Is.Not.Null);
    }

    [Test]
    public async Task Large_data_passes_and_data_too_large_is_refused_here()
    {
        var large = new byte[1_000_000];
        Random.Shared.NextBytes(large);
        await Client.CreateAsync("/a", large, CreateMode.Persistent);

        Assert.That((await Client.GetDataAsync("/a")).Data, Is.EqualTo(large));
        await Refused(KeeperCode.BadArguments, "/a", Client.SetDataAsync("/a", new byte[0x10_0000], -1));
        Assert.That(Client.State, Is.EqualTo(KeeperState.Connected));
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

        await Eventually.That(() => states.Contains(KeeperState.Expired), s_soon, "the end of the session");
        await Eventually.That(() => Client.State == KeeperState.Connected, s_soon, "a fresh session");
        await Client.CreateAsync("/w/new", default, CreateMode.Persistent);
        await told.Task.WaitAsync(s_soon);

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
            await Eventually.That(() => states.Contains(KeeperState.Connected), s_soon, "connected again");
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
    public void A_path_that_is_none_is_the_callers_mistake()
    {
        string[] none = ["", "a", "/a/", "//", "/a//b", "/.", "/a/..", "/a\0", "/\ue000", "/😀"];
        Assert.That(none, Has.All.Matches<string>(path => ZnodePath.Fault(path!) is not null));
        Assert.That(() => Client.ExistsAsync("a"), Throws.ArgumentException);
    }

    [Test]
    public async Task After_the_close_requests_fail()
    {
        await Client.ExistsAsync("/");
        await Client.CloseAsync();

        Assert.That(Client.State, Is.EqualTo(KeeperState.Closed));
        Assert.That(async () => await Client.ExistsAsync("/"), Throws.InstanceOf<ObjectDisposedException>());
    }

    protected ZooKeeperClient Start(string chroot, TimeSpan? sessionTimeout = null, string? auth = null)
    {
        var timeout = sessionTimeout ?? TimeSpan.FromSeconds(6);
        var options = new ZooKeeperOptions(Servers + chroot, timeout, auth, null, "/clients", Shards: true);
        var client = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        _clients.Add(client);
        client.Start();
        return client;
    }

    private static async Task Refused(KeeperCode code, string path, Task request)
    {
        var refusal = await Assert.ThrowsAsync<ZooKeeperException>(() => request);
        Assert.That((refusal!.Code, refusal.Path), Is.EqualTo((code, path)));
    }
}
