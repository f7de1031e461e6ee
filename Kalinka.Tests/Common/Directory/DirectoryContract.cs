using System.Collections.Concurrent;
using System.Text;
using Kalinka.Common.Directory;
using Kalinka.Common.ZooKeeper;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Common.Directory;

/// <summary>What the directory promises, on whatever server; each test below a chroot of its own.</summary>
internal abstract class DirectoryContract
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly List<IAsyncDisposable> _open = [];
    private readonly ConcurrentQueue<string> _changed = new();
    private ZooKeeperOptions _options = null!;

    /// <summary>Somebody else who writes client znodes.</summary>
    private ZooKeeperClient Other => (ZooKeeperClient)_open[0];

    private ZnodeDirectory Directory => (ZnodeDirectory)_open[^1];

    protected abstract string Servers { get; }

    /// <summary>Cuts the connection of the directory's client.</summary>
    protected abstract Task CutAsync(ZooKeeperClient client);

    [SetUp]
    public async Task Open()
    {
        var servers = $"{Servers}/{Guid.NewGuid():N}";
        _options = new ZooKeeperOptions(servers, TimeSpan.FromSeconds(6), null, null, "/clients", Shards: true);
        _changed.Clear();
        Connect();
        var client = Connect();
        var directory = new ZnodeDirectory(client, _options, 1000, true, TimeProvider.System, NullLogger.Instance);
        _open.Add(directory);
        directory.Watch(_changed.Enqueue);
        directory.Start();
        await Eventually.That(() => directory.Trusted, Soon, "the watch");
    }

    [TearDown]
    public async Task Close()
    {
        foreach (var each in _open.AsEnumerable().Reverse())
        {
            await each.DisposeAsync();
        }

        _open.Clear();
    }

    [Test]
    public async Task A_client_is_unknown_till_it_is_read_and_then_where_its_znode_says()
    {
        await Put("c1", "b1\n{\"since\":1}");
        Assert.That(Find("c1"), Is.EqualTo(Location.Unknown));

        var expected = new Location(LocationState.Present, "b1", 0, "{\"since\":1}") { Details = new(Since: 1) };
        Assert.That(await Read("c1"), Is.EqualTo(expected));
        Assert.That(Find("c1"), Is.EqualTo(expected));
        Assert.That(Directory.Count, Is.EqualTo(1));
    }

    [Test]
    public async Task Every_change_is_told_and_makes_the_client_unknown()
    {
        await Put("c1", "b1");
        await ReadKept("c1");
        await Other.SetDataAsync(Path("c1"), "b2"u8.ToArray(), -1);
        await Forgotten("c1");
        Assert.That((await ReadKept("c1")).Broker, Is.EqualTo("b2"));

        await Other.DeleteAsync(Path("c1"), -1);
        await Forgotten("c1");
        Assert.That((await Read("c1")).State, Is.EqualTo(LocationState.Absent));
        Assert.That(_changed, Is.EqualTo(["c1", "c1", "c1"]));
    }

    [Test]
    public async Task Absence_is_kept_till_the_client_comes()
    {
        await ReadKept("c/1");
        Assert.That(Find("c/1").State, Is.EqualTo(LocationState.Absent));

        await Put("c/1", "b1");
        await Forgotten("c/1");
        Assert.That((await Read("c/1")).Broker, Is.EqualTo("b1"));
        Assert.That(_changed, Is.EqualTo(["c/1"]));
    }

    [Test]
    public async Task After_a_reconnect_entries_are_stale_till_they_are_read_again()
    {
        await Put("c1", "b1");
        await ReadKept("c1");
        await CutAsync((ZooKeeperClient)_open[1]);

        await Eventually.That(() => Find("c1").State == LocationState.Stale, Soon, "a stale entry");
        Assert.That(Find("c1").Broker, Is.EqualTo("b1"));
        await Read("c1");
        Assert.That(Find("c1"), Is.EqualTo(new Location(LocationState.Present, "b1", 0)));

        await Other.SetDataAsync(Path("c1"), "b2"u8.ToArray(), -1);
        await Forgotten("c1");
    }

    [Test]
    public async Task Clients_are_written_in_bulk_with_the_znodes_above_them()
    {
        var details = new LocationDetails(Since: 1, LastSeen: 2);
        LocationChange[] puts =
        [
            .. Enumerable
                .Range(0, 1000)
                .Select(i => LocationChange.Put(Id($"c{i}"), $"b{i % 7}", Location.Absent, details)),
        ];
        var outcomes = await Directory.ChangeAsync(puts, default).WaitAsync(Soon);

        Assert.That(outcomes, Has.Count.EqualTo(1000).And.All.EqualTo(ChangeOutcome.Done));
        var read = await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => Read($"c{i}")));
        Assert.That(read.Select(each => each.Broker), Is.EqualTo(puts.Select(put => put.Broker)));
        Assert.That(read.Select(each => each.Details), Has.All.EqualTo(details));
        Assert.That(await Other.GetChildrenAsync("/clients"), Has.Length.GreaterThan(200));
    }

    [Test]
    public async Task A_write_leaves_alone_what_changed_and_does_the_rest()
    {
        await Put("moved", "b1");
        await Put("gone", "b1");
        await Put("same", "b1");
        var (moved, gone, same) = (await Read("moved"), await Read("gone"), await Read("same"));
        var absent = await Read("came");
        await Other.SetDataAsync(Path("moved"), "b9"u8.ToArray(), -1);
        await Other.DeleteAsync(Path("gone"), -1);
        await Put("came", "b9");

        var outcomes = await Directory.ChangeAsync(
            [
                LocationChange.Put(Id("moved"), "b2", moved),
                LocationChange.Put(Id("gone"), "b2", gone),
                LocationChange.Put(Id("same"), "b2", same),
                LocationChange.Put(Id("came"), "b2", absent),
                LocationChange.Put(Id("new"), "b2", Location.Unknown),
            ],
            default
        );

        var (done, changed) = (ChangeOutcome.Done, ChangeOutcome.Changed);
        Assert.That(outcomes, Is.EqualTo([changed, changed, done, changed, done]));
        Assert.That(await Brokers("moved", "gone", "same", "came", "new"), Is.EqualTo(["b9", null, "b2", "b9", "b2"]));
    }

    [Test]
    public async Task What_was_written_is_not_taken_from_an_older_look()
    {
        await ReadKept("c1");
        await Directory.ChangeAsync([LocationChange.Put(Id("c1"), "b1", Find("c1"))], default);
        Assert.That(Find("c1").State, Is.EqualTo(LocationState.Unknown));
        Assert.That(await Brokers("c1"), Is.EqualTo(["b1"]));
    }

    [Test]
    public async Task Of_two_writes_for_one_client_the_last_counts()
    {
        LocationChange[] changes =
        [
            LocationChange.Put(Id("c1"), "b1", Location.Absent),
            LocationChange.Put(Id("c2"), "b1", Location.Absent),
            LocationChange.Put(Id("c1"), "b2", Location.Absent),
        ];
        var outcomes = await Directory.ChangeAsync(changes, default);

        Assert.That(outcomes, Is.EqualTo([ChangeOutcome.Changed, ChangeOutcome.Done, ChangeOutcome.Done]));
        Assert.That(await Brokers("c1", "c2"), Is.EqualTo(["b2", "b1"]));
    }

    [Test]
    public async Task An_id_that_no_znode_can_stand_for_is_refused_in_a_read_and_left_out_of_a_write()
    {
        var tooLong = new string('a', 5000);
        Assert.That(async () => await Read(tooLong), Throws.ArgumentException.With.Message.Contains("5000 bytes"));

        var outcomes = await Directory.ChangeAsync(
            [
                LocationChange.Put(Id(tooLong), "b1", Location.Absent),
                LocationChange.Put(Id("c1"), "b1", Location.Absent),
            ],
            default
        );
        Assert.That(outcomes, Is.EqualTo([ChangeOutcome.Rejected, ChangeOutcome.Done]));
        Assert.That(await Brokers("c1"), Is.EqualTo(["b1"]));
    }

    [Test]
    public async Task An_entry_is_marked_and_removed_only_as_it_is_known()
    {
        await Put("c1", "b1");
        var first = await Read("c1");
        var details = new LocationDetails(OfflineSince: 7);
        Assert.That(await Change(LocationChange.Mark(Id("c1"), first, details)), Is.EqualTo(ChangeOutcome.Done));

        var second = await Read("c1");
        Assert.That((second.Broker, second.Details), Is.EqualTo(("b1", details)));
        Assert.That(await Change(LocationChange.Remove(Id("c1"), first)), Is.EqualTo(ChangeOutcome.Changed));
        Assert.That(await Change(LocationChange.Mark(Id("c1"), first, default)), Is.EqualTo(ChangeOutcome.Changed));
        Assert.That(await Read("c1"), Is.EqualTo(second));

        Assert.That(await Change(LocationChange.Remove(Id("c1"), second)), Is.EqualTo(ChangeOutcome.Done));
        Assert.That((await Read("c1")).State, Is.EqualTo(LocationState.Absent));
        Assert.That(await Change(LocationChange.Mark(Id("c1"), second, details)), Is.EqualTo(ChangeOutcome.Changed));
    }

    [Test]
    public async Task All_entries_are_enumerated_in_pieces_and_can_be_removed_as_they_were_seen()
    {
        var puts = Enumerable
            .Range(0, 1500)
            .Select(i => LocationChange.Put(Id($"c/{i}"), $"b{i % 3}", Location.Absent));
        await Directory.ChangeAsync([.. puts], default);
        await Directory.SyncAsync(default);

        var brokers = new Dictionary<string, string?>();
        await foreach (var piece in Directory.EntriesAsync(default))
        {
            Assert.That(piece, Has.Count.InRange(1, 1000));
            foreach (var (clientId, location) in piece)
            {
                brokers.Add(Encoding.UTF8.GetString(clientId.Span), location.Broker);
            }

            var removals = piece.Select(entry => LocationChange.Remove(entry.ClientId, entry.Location)).ToArray();
            Assert.That(await Directory.ChangeAsync(removals, default), Has.All.EqualTo(ChangeOutcome.Done));
        }

        Assert.That(brokers, Is.EqualTo(Enumerable.Range(0, 1500).ToDictionary(i => $"c/{i}", i => $"b{i % 3}")));
        Assert.That((await Read("c/7")).State, Is.EqualTo(LocationState.Absent));
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

    [Test]
    public async Task A_sync_makes_what_others_wrote_visible()
    {
        await Put("c1", "b1");
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Directory.SyncAsync(default)));
        Assert.That((await Read("c1")).Broker, Is.EqualTo("b1"));
    }

    private ZooKeeperClient Connect()
    {
        var client = new ZooKeeperClient(_options, TimeProvider.System, NullLogger.Instance);
        _open.Add(client);
        client.Start();
        return client;
    }

    private static string Path(string clientId)
    {
        new ClientPath("/clients", shards: true).TryMap(Encoding.UTF8.GetBytes(clientId), out var path, out _);
        return path!;
    }

    private async Task Put(string clientId, string data)
    {
        var before = _changed.Count;
        await Other.EnsurePathAsync(ZnodePath.Parent(Path(clientId))!);
        await Other.CreateAsync(Path(clientId), Encoding.UTF8.GetBytes(data), CreateMode.Persistent);

        // Told: what is read from now on is not overtaken by it.
        await Eventually.That(() => _changed.Count > before, Soon, $"the event of {clientId}");
    }

    private Location Find(string clientId) => Directory.Find(Encoding.UTF8.GetBytes(clientId));

    private static byte[] Id(string clientId) => Encoding.UTF8.GetBytes(clientId);

    private async Task<ChangeOutcome> Change(LocationChange change) =>
        (await Directory.ChangeAsync([change], default).WaitAsync(Soon))[0];

    private async Task<Location> Read(string clientId) =>
        await Directory.ReadAsync(Encoding.UTF8.GetBytes(clientId), default).AsTask().WaitAsync(Soon);

    private async Task<Location> ReadKept(string clientId)
    {
        var read = await Read(clientId);
        Assert.That(Find(clientId), Is.EqualTo(read));
        return read;
    }

    private Task Forgotten(string clientId) =>
        Eventually.That(() => Find(clientId).State == LocationState.Unknown, Soon, $"the event of {clientId}");

    private async Task<string?[]> Brokers(params string[] clientIds)
    {
        var brokers = new List<string?>();
        foreach (var clientId in clientIds)
        {
            await Directory.SyncAsync(default);
            brokers.Add((await Read(clientId)).Broker);
        }

        return [.. brokers];
    }
}
