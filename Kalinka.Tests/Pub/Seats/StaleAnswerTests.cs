using Kalinka.Common.ZooKeeper;
using Kalinka.Pub.Seats;
using Kalinka.Tests.Common.ZooKeeper;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Pub.Seats;

/// <summary>A look that was answered before a doubt and is heard after it, as by a process that stood still in between.</summary>
[TestFixture, CancelAfter(30_000)]
internal sealed class StaleAnswerTests
{
    private const long Session = 7;

    private readonly TaskCompletionSource _asked = new();
    private readonly TaskCompletionSource _doubted = new();
    private readonly TaskCompletionSource _askedAgain = new();
    private readonly TaskCompletionSource _sure = new();

    [Test]
    public async Task Proves_nothing_and_the_next_one_does(CancellationToken deadline)
    {
        await using var server = new ScriptedServer(AnswerAsync);
        var options = new ZooKeeperOptions(server.Address, TimeSpan.FromSeconds(4), null, null, "/clients", true);
        await using var client = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        using var claim = new ZnodeSeatClaim(
            new SeatZnode(client, "/seats/b1/0", "one"),
            new SeatId("b1", 0),
            new ReconnectPatience(options.SessionTimeout),
            new SeatTallies(_ => false),
            TimeProvider.System,
            NullLogger.Instance
        );
        client.Start();
        var following = claim.FollowAsync(deadline);
        var acquiring = claim.AcquireAsync(deadline);

        await _asked.Task.WaitAsync(deadline);
        claim.Doubt();
        _doubted.SetResult();
        await _askedAgain.Task.WaitAsync(deadline);
        Assert.That(claim.Holding, Is.EqualTo(default(Holding).Want()));

        _sure.SetResult();
        await acquiring.WaitAsync(deadline);
        Assert.That(claim.Holding.Confirmed, Is.True);
        claim.Dispose();
        await following;
    }

    // The next question is asked only when the answer to the last has been heard.
    private async Task AnswerAsync(ScriptedServer.Peer peer)
    {
        await peer.GreetAsync(session: Session);
        await AnswerAsync(peer, _asked, _doubted);
        await AnswerAsync(peer, _askedAgain, _sure);
        await peer.IgnoreAsync();
    }

    private static async Task AnswerAsync(
        ScriptedServer.Peer peer,
        TaskCompletionSource asked,
        TaskCompletionSource when
    )
    {
        var look = await peer.RequestAsync();
        asked.SetResult();
        await when.Task;
        await peer.ReplyAsync(
            look!.Value.Xid,
            KeeperCode.Ok,
            record =>
            {
                record.WriteBuffer("one"u8);
                (default(Stat) with { Czxid = 5, EphemeralOwner = Session }).Write(record);
            }
        );
    }
}
