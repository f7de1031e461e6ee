using Kalinka.Common.Directory;
using Kalinka.Common.ZooKeeper;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Common.Directory;

/// <summary>What the directory in client znodes promises beside, on whatever server; each test below a chroot of its own.</summary>
internal abstract class ZnodeDirectoryContract : DirectoryContract
{
    protected abstract string Servers { get; }

    private ZnodeHarness Znodes => (ZnodeHarness)Harness;

    protected override DirectoryHarness NewHarness() => new ZnodeHarness(Servers);

    /// <summary>Cuts the connection of the directory's client.</summary>
    protected abstract Task CutAsync(ZooKeeperClient client);

    [Test]
    public async Task A_client_is_unknown_till_it_is_read_and_then_where_its_znode_says()
    {
        await Put("c1", "b1\n{\"since\":1}");
        Assert.That(Find("c1"), Is.EqualTo(Location.Unknown));

        var expected = new Location(LocationState.Present, "b1", 0, "{\"since\":1}") { Details = new(Since: 1) };
        Assert.That(await ReadKept("c1"), Is.EqualTo(expected));
    }

    [Test]
    public async Task After_a_reconnect_entries_are_stale_till_they_are_read_again()
    {
        await Put("c1", "b1");
        await ReadKept("c1");
        await CutAsync(Znodes.Client);

        await Eventually.That(() => Find("c1").State == LocationState.Stale, Soon, "a stale entry");
        Assert.That(Find("c1").Broker, Is.EqualTo("b1"));
        await Read("c1");
        Assert.That(Find("c1"), Is.EqualTo(new Location(LocationState.Present, "b1", 0)));

        await Put("c1", "b2");
        Assert.That(Find("c1").State, Is.EqualTo(LocationState.Unknown));
    }

    [Test]
    public async Task The_shards_are_made_with_the_clients()
    {
        var puts = Enumerable.Range(0, 1000).Select(i => LocationChange.Put(Id($"c{i}"), "b1", Location.Absent));
        await Directory.ChangeAsync([.. puts], default).WaitAsync(Soon);
        Assert.That(await Znodes.ShardsAsync(), Has.Length.GreaterThan(200));
    }

    [Test]
    public async Task Reads_for_one_client_share_one_request_and_each_waits_on_its_own()
    {
        using var impatience = new CancellationTokenSource();
        await Put("c1", "b1");
        await impatience.CancelAsync();
        var impatient = Directory.ReadAsync("c1"u8.ToArray(), impatience.Token).AsTask();
        var patient = await Read("c1");

        Assert.That(impatient.IsCanceled, Is.True);
        Assert.That(patient.Broker, Is.EqualTo("b1"));
    }
}
