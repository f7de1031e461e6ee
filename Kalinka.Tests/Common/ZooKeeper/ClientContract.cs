using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Common.ZooKeeper;

/// <summary>What the client promises, on whatever server; each test below a chroot of its own.</summary>
internal abstract partial class ClientContract
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

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
    public void A_path_that_is_none_is_the_callers_mistake()
    {
        string[] none = ["", "a", "/a/", "//", "/a//b", "/.", "/a/..", "/a\0", "/\ue000", "/😀"];
        Assert.That(none, Has.All.Matches<string>(path => ZnodePath.Fault(path!) is not null));
        Assert.That(() => Client.ExistsAsync("a"), Throws.ArgumentException);
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
