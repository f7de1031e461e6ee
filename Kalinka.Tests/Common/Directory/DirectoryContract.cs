using System.Collections.Concurrent;
using System.Text;
using Kalinka.Common.Directory;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Common.Directory;

/// <summary>What each directory promises, wherever it is kept.</summary>
internal abstract class DirectoryContract
{
    protected static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private const ChangeOutcome Done = ChangeOutcome.Done;
    private const ChangeOutcome Changed = ChangeOutcome.Changed;

    private readonly ConcurrentQueue<string> _told = new();

    protected DirectoryHarness Harness { get; private set; } = null!;

    protected ILocationDirectory Directory { get; private set; } = null!;

    protected abstract DirectoryHarness NewHarness();

    [SetUp]
    public async Task Open()
    {
        _told.Clear();
        Harness = NewHarness();
        Directory = await Harness.OpenAsync();
        Directory.Watch(_told.Enqueue);
        await Eventually.That(() => Directory.Trusted, Soon, "trust");
    }

    [TearDown]
    public async Task Close() => await Harness.DisposeAsync();

    [Test]
    public async Task A_client_is_where_its_entry_says_and_so_it_is_found()
    {
        await Put("c1", "b1\n{\"since\":1}");
        var read = await ReadKept("c1");
        Assert.That((read.State, read.Broker), Is.EqualTo((LocationState.Present, "b1")));
        Assert.That(read.Details, Is.EqualTo(new LocationDetails(Since: 1)));
        Assert.That(Directory.WaitsFor, Is.Null);
        Assert.That(Directory.Count, Is.EqualTo(1));
    }

    [Test]
    public async Task Every_change_is_told_and_what_was_known_before_is_not_found_any_more()
    {
        await Put("c1", "b1");
        await ReadKept("c1");
        await Put("c1", "b2");
        Assert.That(Find("c1").Broker, Is.Not.EqualTo("b1"));
        Assert.That((await ReadKept("c1")).Broker, Is.EqualTo("b2"));

        await Remove("c1");
        Assert.That(Find("c1").State, Is.Not.EqualTo(LocationState.Present));
        Assert.That((await Read("c1")).State, Is.EqualTo(LocationState.Absent));
        Assert.That(_told, Is.EqualTo(["c1", "c1", "c1"]));
    }

    [Test]
    public async Task Absence_is_kept_till_the_client_comes()
    {
        await ReadKept("c/1");
        Assert.That(Find("c/1").State, Is.EqualTo(LocationState.Absent));

        await Put("c/1", "b1");
        Assert.That(Find("c/1").State, Is.Not.EqualTo(LocationState.Absent));
        Assert.That((await Read("c/1")).Broker, Is.EqualTo("b1"));
        Assert.That(_told, Is.EqualTo(["c/1"]));
    }

    [Test]
    public async Task An_entry_that_names_no_broker_is_one()
    {
        await Put("c1", "");
        var read = await Read("c1");
        Assert.That((read.State, read.Broker), Is.EqualTo((LocationState.Present, (string?)null)));
        Assert.That(await Change(LocationChange.Put(Id("c1"), "b1", read)), Is.EqualTo(Done));
    }

    [Test]
    public async Task Clients_are_written_in_bulk()
    {
        var details = new LocationDetails(Since: 1, LastSeen: 2);
        var puts = Enumerable
            .Range(0, 1000)
            .Select(i => LocationChange.Put(Id($"c{i}"), $"b{i % 7}", Location.Absent, details))
            .ToArray();
        var outcomes = await Directory.ChangeAsync(puts, default).WaitAsync(Soon);

        Assert.That(outcomes, Has.Count.EqualTo(1000).And.All.EqualTo(Done));
        var read = await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => Read($"c{i}")));
        Assert.That(read.Select(each => each.Broker), Is.EqualTo(puts.Select(put => put.Broker)));
        Assert.That(read.Select(each => each.Details), Has.All.EqualTo(details));
    }

    [Test]
    public async Task A_change_leaves_alone_what_others_changed_and_does_the_rest()
    {
        await Put("moved", "b1");
        await Put("gone", "b1");
        await Put("same", "b1");
        var (moved, gone, same) = (await Read("moved"), await Read("gone"), await Read("same"));
        var absent = await Read("came");
        await Harness.PutAsync("moved", "b9");
        await Harness.RemoveAsync("gone");
        await Harness.PutAsync("came", "b9");

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

        Assert.That(outcomes, Is.EqualTo([Changed, Changed, Done, Changed, Done]));
        Assert.That(await Brokers("moved", "gone", "same", "came", "new"), Is.EqualTo(["b9", null, "b2", "b9", "b2"]));
    }

    [Test]
    public async Task What_was_written_is_not_taken_from_an_older_look()
    {
        await ReadKept("c1");
        await Change(LocationChange.Put(Id("c1"), "b1", Find("c1")));
        Assert.That(Find("c1").State, Is.Not.EqualTo(LocationState.Absent));
        Assert.That(await Brokers("c1"), Is.EqualTo(["b1"]));
    }

    [Test]
    public async Task Of_two_changes_of_one_client_the_last_counts()
    {
        LocationChange[] changes =
        [
            LocationChange.Put(Id("c1"), "b1", Location.Absent),
            LocationChange.Put(Id("c2"), "b1", Location.Absent),
            LocationChange.Put(Id("c1"), "b2", Location.Absent),
        ];
        Assert.That(await Directory.ChangeAsync(changes, default), Is.EqualTo([Changed, Done, Done]));
        Assert.That(await Brokers("c1", "c2"), Is.EqualTo(["b2", "b1"]));
    }

    [Test]
    public async Task An_id_that_no_entry_can_stand_for_is_rejected()
    {
        var tooLong = new string('a', 5000);
        Assert.That(async () => await Read(tooLong), Throws.ArgumentException.With.Message.Contains("5000 bytes"));

        LocationChange[] changes =
        [
            LocationChange.Put(Id(tooLong), "b1", Location.Absent),
            LocationChange.Put(new byte[] { 0xFF }, "b1", Location.Absent),
            LocationChange.Put(Id("c1"), "b1", Location.Absent),
        ];
        var outcomes = await Directory.ChangeAsync(changes, default);
        Assert.That(outcomes, Is.EqualTo([ChangeOutcome.Rejected, ChangeOutcome.Rejected, Done]));
        Assert.That(await Brokers("c1"), Is.EqualTo(["b1"]));
    }

    [Test]
    public async Task An_entry_is_marked_and_removed_only_as_it_is_known()
    {
        await Put("c1", "b1");
        var first = await Read("c1");
        var details = new LocationDetails(OfflineSince: 7);
        Assert.That(await Change(LocationChange.Mark(Id("c1"), first, details)), Is.EqualTo(Done));

        var second = await Read("c1");
        Assert.That((second.Broker, second.Details), Is.EqualTo(("b1", details)));
        Assert.That(await Change(LocationChange.Remove(Id("c1"), first)), Is.EqualTo(Changed));
        Assert.That(await Change(LocationChange.Mark(Id("c1"), first, default)), Is.EqualTo(Changed));
        Assert.That(await Read("c1"), Is.EqualTo(second));

        Assert.That(await Change(LocationChange.Remove(Id("c1"), second)), Is.EqualTo(Done));
        Assert.That((await Read("c1")).State, Is.EqualTo(LocationState.Absent));
        Assert.That(await Change(LocationChange.Mark(Id("c1"), second, details)), Is.EqualTo(Changed));
    }

    [Test]
    public async Task Of_two_directories_that_change_what_both_know_at_most_one_does_and_both_end_alike()
    {
        await Put("c1", "b1");
        var other = await Harness.OpenAsync();
        await Eventually.That(() => other.Trusted, Soon, "the other's trust");
        var (expected, made) = ("b1", 0);
        for (var round = 0; made < 10; round++)
        {
            await Directory.SyncAsync(default);
            var known = await Read("c1");
            var ours = Directory.ChangeAsync([LocationChange.Put(Id("c1"), $"ours-{round}", known)], default);
            var theirs = other.ChangeAsync([LocationChange.Put(Id("c1"), $"theirs-{round}", known)], default);
            var outcomes = ((await ours.WaitAsync(Soon))[0], (await theirs.WaitAsync(Soon))[0]);

            // Neither, when the trace of an earlier conflict is cleared away in between.
            Assert.That(outcomes, Is.AnyOf((Done, Changed), (Changed, Done), (Changed, Changed)));
            (expected, made) =
                outcomes.Item1 == Done ? ($"ours-{round}", made + 1)
                : outcomes.Item2 == Done ? ($"theirs-{round}", made + 1)
                : (expected, made);
            await Task.WhenAll(Directory.SyncAsync(default), other.SyncAsync(default)).WaitAsync(Soon);
            Assert.That((await Read("c1")).Broker, Is.EqualTo(expected));
            Assert.That((await other.ReadAsync(Id("c1"), default)).Broker, Is.EqualTo(expected));
        }
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
            Assert.That(piece, Has.Count.InRange(1, 500));
            foreach (var (clientId, location) in piece)
            {
                brokers.Add(Encoding.UTF8.GetString(clientId.Span), location.Broker);
            }

            var removals = piece.Select(entry => LocationChange.Remove(entry.ClientId, entry.Location)).ToArray();
            Assert.That(await Directory.ChangeAsync(removals, default), Has.All.EqualTo(Done));
        }

        Assert.That(brokers, Is.EquivalentTo(Enumerable.Range(0, 1500).ToDictionary(i => $"c/{i}", i => $"b{i % 3}")));
        Assert.That((await Read("c/7")).State, Is.EqualTo(LocationState.Absent));
    }

    [Test]
    public async Task A_look_up_that_hits_allocates_nothing()
    {
        await Put("c1", "b1");
        await ReadKept("c1");
        LookUp(1000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        LookUp(10_000);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void LookUp(int times)
        {
            for (var time = 0; time < times; time++)
            {
                Directory.Find("c1"u8);
            }
        }
    }

    [Test]
    public async Task A_sync_makes_what_others_wrote_visible()
    {
        await Harness.PutAsync("c1", "b1");
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Directory.SyncAsync(default))).WaitAsync(Soon);
        Assert.That((await Read("c1")).Broker, Is.EqualTo("b1"));
    }

    protected static byte[] Id(string clientId) => Encoding.UTF8.GetBytes(clientId);

    /// <summary>Somebody else's; returns when the directory has been told.</summary>
    protected Task Put(string clientId, string data) => Told(clientId, () => Harness.PutAsync(clientId, data));

    protected Location Find(string clientId) => Directory.Find(Id(clientId));

    protected async Task<Location> Read(string clientId) =>
        await Directory.ReadAsync(Id(clientId), default).AsTask().WaitAsync(Soon);

    protected async Task<Location> ReadKept(string clientId)
    {
        var read = await Read(clientId);
        Assert.That(Find(clientId), Is.EqualTo(read));
        return read;
    }

    protected async Task<ChangeOutcome> Change(LocationChange change) =>
        (await Directory.ChangeAsync([change], default).WaitAsync(Soon))[0];

    protected async Task<string?[]> Brokers(params string[] clientIds)
    {
        await Directory.SyncAsync(default).WaitAsync(Soon);
        return [.. (await Task.WhenAll(clientIds.Select(Read))).Select(read => read.Broker)];
    }

    private Task Remove(string clientId) => Told(clientId, () => Harness.RemoveAsync(clientId));

    private async Task Told(string clientId, Func<Task> change)
    {
        var before = _told.Count;
        await change();
        await Eventually.That(() => _told.Count > before, Soon, $"the event of {clientId}");
    }
}
