using Kalinka.Common.Directory;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Common.Directory;

/// <summary>What each directory promises while its servers are away; with servers of the test's own.</summary>
internal abstract class DirectoryOutageContract
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(40);

    protected abstract DirectoryHarness NewHarness();

    protected abstract Task KillServersAsync();

    protected abstract Task RestartServersAsync();

    [Test]
    public async Task While_the_servers_are_away_what_is_known_is_used_and_everything_else_waits()
    {
        await using var harness = NewHarness();
        var directory = await harness.OpenAsync();
        var put = LocationChange.Put("c1"u8.ToArray(), "b1", Location.Absent);
        Assert.That(await directory.ChangeAsync([put], default), Is.EqualTo([ChangeOutcome.Done]));
        await directory.ReadAsync("c1"u8.ToArray(), default);
        await KillServersAsync();
        await Eventually.That(() => !directory.Trusted, Soon, "the loss is seen");

        Assert.That(directory.WaitsFor, Is.Not.Empty);
        var known = directory.Find("c1"u8);
        Assert.That((known.State, known.Broker), Is.EqualTo((LocationState.Present, "b1")));
        Assert.That(directory.Find("c2"u8).State, Is.EqualTo(LocationState.Unknown), "not absent: nobody knows");
        var read = directory.ReadAsync("c3"u8.ToArray(), default).AsTask();
        var sync = directory.SyncAsync(default);
        var change = directory.ChangeAsync([LocationChange.Put("c2"u8.ToArray(), "b2", Location.Absent)], default);
        Assert.That((read.IsCompleted, sync.IsCompleted, change.IsCompleted), Is.EqualTo((false, false, false)));

        await RestartServersAsync();
        Assert.That(await change.WaitAsync(Soon), Is.EqualTo([ChangeOutcome.Done]));
        await sync.WaitAsync(Soon);
        Assert.That((await read.WaitAsync(Soon)).State, Is.EqualTo(LocationState.Absent));
        await Eventually.That(() => directory.Trusted, Soon, "trust");
        Assert.That((await directory.ReadAsync("c1"u8.ToArray(), default)).Broker, Is.EqualTo("b1"));
        Assert.That((await directory.ReadAsync("c2"u8.ToArray(), default)).Broker, Is.EqualTo("b2"));
    }
}
