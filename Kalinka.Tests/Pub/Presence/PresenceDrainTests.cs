using Kalinka.Tests.Stack;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Pub.Presence;

/// <summary>What is still to be written when the daemon is told to end.</summary>
[TestFixture, CancelAfter(30_000)]
public sealed class PresenceDrainTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _time = new();
    private MemoryDirectory _directory = null!;
    private PubInstance _pub = null!;

    [SetUp]
    public void Build()
    {
        _directory = new MemoryDirectory();
        _pub = new PubInstance(_directory, _time).Reads("b1");
    }

    [TearDown]
    public async Task Stop() => await _pub.DisposeAsync();

    [Test]
    public async Task What_waits_is_written()
    {
        _directory.Set("left", "b1");
        for (var number = 0; number < 2_500; number++)
        {
            _pub.Online("b1", $"c{number}");
        }

        _pub.Offline("b1", "left");
        _pub.Traffic("b1", "talks");
        await _pub.Presence.DrainAsync(Patience);
        Assert.That(_pub.Presence.Pending.Count, Is.Zero);
        Assert.That(_directory.Count, Is.EqualTo(2_502));
        Assert.That((_directory["left"], _directory["talks"]), Is.EqualTo(("b1 gone", "b1")));
    }

    [Test]
    public async Task So_is_what_was_being_written()
    {
        var held = new TaskCompletionSource();
        _directory.Held = held.Task;
        _pub.Online("b1", "c");
        _pub.Traffic("b1", "talks");
        _pub.Run();
        await Eventually.That(() => _directory.Reads == 2 && _pub.Presence.Pending.Count == 0, Soon, "a batch");
        await _pub.StopAsync();
        Assert.That(_directory.Changes, Is.Zero);

        _directory.Held = null;
        await _pub.Presence.DrainAsync(Patience);
        Assert.That((_directory["c"], _directory["talks"]), Is.EqualTo(("b1", "b1")));
    }

    [Test]
    public async Task A_failure_is_tried_again_while_there_is_time()
    {
        _directory.Failure = new IOException("no");
        _pub.Online("b1", "c");
        var draining = _pub.Presence.DrainAsync(TimeSpan.FromHours(1));
        await Eventually.That(() => _directory.Batches == 1, Soon, "an attempt");
        _directory.Failure = null;
        await Eventually.That(() => Advanced(TimeSpan.FromSeconds(1)) && draining.IsCompleted, Soon, "the second");
        Assert.That(_directory["c"], Is.EqualTo("b1"));
    }

    [Test]
    public async Task And_not_for_longer()
    {
        _directory.Held = new TaskCompletionSource().Task;
        _pub.Online("b1", "c");
        var draining = _pub.Presence.DrainAsync(Patience);
        await Eventually.That(() => _directory.Reads == 1, Soon, "an attempt");
        Assert.That(draining.IsCompleted, Is.False);
        _time.Advance(Patience);
        await draining.WaitAsync(Soon);
        Assert.That(_pub.Presence.Pending.Count, Is.EqualTo(1), "it is told in the log");
    }

    private bool Advanced(TimeSpan by)
    {
        _time.Advance(by);
        return true;
    }
}
