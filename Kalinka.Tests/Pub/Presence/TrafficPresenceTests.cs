using System.Globalization;
using System.Text;
using Kalinka.Common.Directory;
using Kalinka.Pub.Presence;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Pub.Presence;

/// <summary>What messages tell the directory about where clients are.</summary>
[TestFixture, CancelAfter(30_000)]
public sealed class TrafficPresenceTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private FakeDirectory _directory = null!;
    private FakeTimeProvider _time = null!;
    private TrafficPresence _presence = null!;
    private CancellationTokenSource _stop = null!;
    private Task _running = null!;

    [SetUp]
    public void Build()
    {
        _directory = new FakeDirectory();
        _time = new FakeTimeProvider();
        _presence = new TrafficPresence(_directory, _time, NullLogger<TrafficPresence>.Instance);
        _stop = new CancellationTokenSource();
        _running = Task.CompletedTask;
    }

    [TearDown]
    public async Task Stop()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    [Test]
    public void What_is_known_costs_nothing()
    {
        _directory.Know("c1", LocationState.Present, "b1");
        _directory.Keep = false;
        See(1_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        See(10_000);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void See(int count)
        {
            for (var round = 0; round < count; round++)
            {
                _presence.Seen("c1"u8, "b1", fresh: true);
            }
        }
    }

    [Test]
    public async Task Clients_without_an_entry_are_written_once_and_together()
    {
        Seen("c1", "b1");
        Seen("c2", "b2");
        Seen("c1", "b1");
        await WrittenAsync(2);

        Assert.That(
            _directory.Batches.Single().Select(write => (Id(write), write.Broker, write.Known.State)),
            Is.EquivalentTo(new[] { ("c1", "b1", LocationState.Absent), ("c2", "b2", LocationState.Absent) })
        );
    }

    [Test]
    public async Task What_is_there_already_is_read_and_not_written()
    {
        _directory.Znode("c1", "b1", 3);
        Seen("c1", "b1");
        Seen("c2", "b1");
        await WrittenAsync(1);

        Assert.That(Id(_directory.Batches.Single().Single()), Is.EqualTo("c2"));
    }

    [Test]
    public async Task A_fresh_message_moves_a_client_on_the_version_that_was_read()
    {
        _directory.Know("c1", LocationState.Present, "b2");
        _directory.Znode("c1", "b2", 7);
        Seen("c1", "b1");
        await WrittenAsync(1);

        var write = _directory.Batches.Single().Single();
        Assert.That((Id(write), write.Broker, write.Known.Version), Is.EqualTo(("c1", "b1", 7)));
    }

    [TestCase(LocationState.Present)]
    [TestCase(LocationState.Unknown)]
    [TestCase(LocationState.Stale)]
    public async Task A_message_that_is_not_fresh_moves_nobody(LocationState cached)
    {
        _directory.Know("c1", cached, "b2");
        _directory.Znode("c1", "b2", 7);
        Seen("c1", "b1", fresh: false);
        Seen("c2", "b1");
        await WrittenAsync(1);

        Assert.That(Id(_directory.Batches.Single().Single()), Is.EqualTo("c2"));
    }

    [Test]
    public async Task A_message_that_is_not_fresh_may_create_an_entry_and_a_fresh_one_overrules_it()
    {
        Seen("c1", "b1", fresh: false);
        Seen("c2", "b1", fresh: false);
        Seen("c2", "b2");
        Seen("c2", "b3", fresh: false);
        await WrittenAsync(2);

        Assert.That(
            _directory.Batches.Single().Select(write => $"{Id(write)} {write.Broker}"),
            Is.EquivalentTo(new[] { "c1 b1", "c2 b2" })
        );
    }

    [Test]
    public async Task Names_that_no_znode_can_bear_are_counted_and_hold_up_nobody()
    {
        Seen(new string('x', ClientPath.LongestName + 1), "b1");
        Seen("a\0b", "b1");
        Seen("c1", "b1");
        await WrittenAsync(1);

        Assert.That(_presence.Unplaceable, Is.EqualTo(2));
    }

    [Test]
    public void Not_more_wait_than_there_is_room_for()
    {
        for (var number = 0; number < TrafficPresence.MaximumPending + 5; number++)
        {
            Seen(number.ToString(CultureInfo.InvariantCulture), "b1");
        }

        Assert.That(_presence.Deferred, Is.EqualTo(5));
    }

    [Test]
    public async Task What_could_not_be_written_comes_again_with_the_next_message_after_a_pause()
    {
        _directory.Failure = new IOException("no");
        Seen("c1", "b1");
        _running = _presence.RunAsync(_stop.Token);
        await Eventually.That(() => Batches == 1, Soon, "the first attempt");
        _directory.Failure = null;
        Seen("c1", "b1");

        await Eventually.That(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return _presence.Written == 1;
            },
            Soon,
            "the second"
        );
        Assert.That(Batches, Is.EqualTo(2));
    }

    private static string Id(LocationChange change) => Encoding.UTF8.GetString(change.ClientId.Span);

    private int Batches
    {
        get
        {
            lock (_directory.Batches)
            {
                return _directory.Batches.Count;
            }
        }
    }

    private void Seen(string client, string broker, bool fresh = true) =>
        _presence.Seen(Encoding.UTF8.GetBytes(client), broker, fresh);

    private async Task WrittenAsync(int count)
    {
        _running = _presence.RunAsync(_stop.Token);
        await Eventually.That(() => _presence.Written == count, Soon, $"{count} entries");
    }
}
