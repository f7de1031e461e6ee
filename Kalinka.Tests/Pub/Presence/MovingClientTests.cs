using Kalinka.Tests.Stack;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Pub.Presence;

/// <summary>Clients that come, leave and move, as several instances see it.</summary>
[TestFixture, CancelAfter(30_000)]
public sealed class MovingClientTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private MemoryDirectory _directory = null!;
    private PubInstance _first = null!;
    private PubInstance _second = null!;

    [SetUp]
    public void Build()
    {
        _directory = new MemoryDirectory();
        _first = new PubInstance(_directory, _time).Reads("b1");
        _second = new PubInstance(_directory, _time).Reads("b2");
    }

    [TearDown]
    public async Task Stop()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Test]
    public async Task A_client_that_comes_is_written_and_one_that_leaves_is_marked()
    {
        _first.Run();
        _first.Online("b1", "c");
        await Becomes("c", "b1");
        _first.Offline("b1", "c");
        await Becomes("c", "b1 gone");
        _first.Online("b1", "c", at: 3_000);
        await Becomes("c", "b1");
    }

    [Test]
    public async Task The_late_goodbye_of_a_client_that_moved_removes_nothing()
    {
        Run();
        _first.Online("b1", "c");
        await Becomes("c", "b1");
        _second.Online("b2", "c");
        await Becomes("c", "b2");
        _first.Offline("b1", "c");
        await Settled("c", "b2");
    }

    [TestCase("b1", "b2")]
    [TestCase("b2", "b1")]
    public async Task Goodbyes_of_two_brokers_at_once_mark_the_entry(string earlier, string later)
    {
        _first.Reads("b2");
        _directory.Set("c", "b1");
        _first.Offline(earlier, "c");
        _first.Offline(later, "c");
        _first.Run();
        await Becomes("c", "b1 gone");
    }

    [Test]
    public async Task A_goodbye_that_races_with_a_move_removes_nothing()
    {
        _first.Run();
        _first.Online("b1", "c");
        await Becomes("c", "b1");
        _directory.BeforeChange = () => _directory.Set("c", "b2");
        _first.Offline("b1", "c");
        await Settled("c", "b2");
    }

    [Test]
    public async Task There_and_back_ends_where_it_ended_even_when_the_other_reader_is_late()
    {
        // The first instance has seen everything of b1 and written it before the second wakes up.
        _first.Run();
        _first.Online("b1", "c", at: 1);
        _first.Offline("b1", "c", at: 2);
        _first.Online("b1", "c", at: 3);
        await Becomes("c", "b1");
        _second.Online("b2", "c");
        _second.Offline("b2", "c");
        _second.Run();
        await Eventually.That(() => _second.Counters.Marked == 1, Soon, "the visit is over");
        await Becomes("c", "b1");
        await Settled("c", "b1");
    }

    [Test]
    public async Task A_visit_that_is_over_before_it_is_written_ends_as_left()
    {
        // Of b1 nobody tells: its entry is by messages.
        _directory.Set("c", "b1");
        _second.Online("b2", "c");
        _second.Offline("b2", "c");
        _second.Run();
        await Becomes("c", "b2 gone");
    }

    [Test]
    public async Task Also_when_the_late_reader_has_written_the_visit_before_it_learns_of_its_end()
    {
        Run();
        _first.Online("b1", "c");
        await Becomes("c", "b1");
        _second.Online("b2", "c");
        await Becomes("c", "b2");
        _second.Offline("b2", "c");
        await Becomes("c", "b1");
        await Settled("c", "b1");
    }

    [Test]
    public async Task Also_when_one_instance_reads_both()
    {
        _first.Reads("b2").Run();
        _first.Online("b1", "c");
        await Becomes("c", "b1");
        _first.Online("b2", "c");
        await Becomes("c", "b2");
        _first.Offline("b2", "c");
        await Becomes("c", "b1");
    }

    [Test]
    public async Task What_was_queued_moves_nobody_back()
    {
        Run();
        _second.Online("b2", "c");
        await Becomes("c", "b2");
        _first.Online("b1", "c", fresh: false);
        _first.Traffic("b1", "c", fresh: false);
        _first.Online("b1", "d", stored: true);
        await Becomes("d", "b1");
        Assert.That(_directory["c"], Is.EqualTo("b2"));
    }

    [Test]
    public async Task But_it_counts_as_soon_as_the_other_broker_has_let_the_client_go()
    {
        Run();
        _second.Online("b2", "c");
        await Becomes("c", "b2");
        _first.Online("b1", "c", fresh: false);
        _second.Offline("b2", "c");
        await Becomes("c", "b1");
    }

    [Test]
    public async Task An_older_event_of_the_same_broker_loses()
    {
        Run();
        _first.Online("b1", "c", at: 5_000);
        await Becomes("c", "b1");
        _first.Offline("b1", "c", at: 4_000);
        await Settled("c", "b1");
        Assert.That(_first.Counters.IgnoredFor(Kalinka.Pub.Presence.Sources.Ignored.Outdated), Is.EqualTo(1));
    }

    [Test]
    public async Task An_entry_that_somebody_removes_is_written_again_for_who_is_there()
    {
        Run();
        _first.Online("b1", "c");
        await Becomes("c", "b1");
        _directory.Delete("c");
        await Becomes("c", "b1");
    }

    [Test]
    public async Task A_reader_that_is_away_claims_nothing_and_catches_up_when_it_is_back()
    {
        Run();
        _first.Online("b1", "c");
        await Becomes("c", "b1");
        var reader = _first.Presence.ReaderOf("b1")!;
        reader.Pause();
        _directory.Delete("c");
        await Settled("c", "");
        reader.Follow(forgotten: false);
        await Eventually.That(() => Advanced(TimeSpan.FromSeconds(1)) && _directory["c"] == "b1", Soon, "b1 again");
    }

    [Test]
    public async Task A_wiped_directory_is_written_again()
    {
        Run();
        for (var number = 0; number < 100; number++)
        {
            _first.Online("b1", $"c{number}");
        }

        await Eventually.That(() => _directory.Count == 100, Soon, "all are written");
        await Eventually.That(
            () => Advanced(TimeSpan.FromSeconds(1)) && _first.Presence.Pending.Count == 0,
            Soon,
            "rest"
        );

        // No event tells what a wiped ensemble lost.
        _first.Presence.ReaderOf("b1")!.Pause();
        for (var number = 0; number < 100; number++)
        {
            _directory.Delete($"c{number}");
        }

        _first.Reads("b1").Presence.WriteAgain();
        await Eventually.That(() => Advanced(TimeSpan.FromSeconds(1)) && _directory.Count == 100, Soon, "all again");
    }

    [Test]
    public async Task Nobody_is_kept_where_nothing_is_to_be_kept()
    {
        await using var pub = new PubInstance(
            _directory,
            _time,
            options => options with { KeepOffline = TimeSpan.Zero }
        );
        pub.Reads("b1").Run();
        pub.Online("b1", "c");
        await Becomes("c", "b1");
        pub.Offline("b1", "c");
        await Eventually.That(() => _directory.Count == 0, Soon, "nothing");
        Assert.That(pub.Counters.Removed, Is.EqualTo(1));
    }

    [Test]
    public async Task What_a_broker_told_once_is_kept_while_it_cannot_be_written()
    {
        _first.Run();
        _directory.Failure = new IOException("no");
        _first.Online("b1", "c");
        await Eventually.That(() => _directory.Batches > 0, Soon, "an attempt");
        _directory.Failure = null;
        await Eventually.That(() => Advanced(TimeSpan.FromSeconds(1)) && _directory["c"] == "b1", Soon, "the second");
    }

    private void Run()
    {
        _first.Run();
        _second.Run();
    }

    private bool Advanced(TimeSpan by)
    {
        _time.Advance(by);
        return true;
    }

    private Task Becomes(string client, string expected) =>
        Eventually.That(() => _directory[client] == expected, Soon, $"{client} at {expected}");

    // Both have done what there was to do.
    private async Task Settled(string client, string expected)
    {
        _first.Online("b1", "marker of the first", at: 9_000_000);
        _second.Online("b2", "marker of the second", at: 9_000_000);
        await Becomes("marker of the first", "b1");
        if (_second.Presence.Pending.Count == 0)
        {
            await Becomes("marker of the second", "b2");
        }

        await Eventually.That(() => _first.Presence.Pending.Count == 0, Soon, "nothing pending");
        Assert.That(_directory[client], Is.EqualTo(expected));
    }
}
