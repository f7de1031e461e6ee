using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.EndToEnd;

/// <summary>Daemons are replaced one after the other, as in an upgrade, while devices go on sending.</summary>
[TestFixture]
public sealed class DrainTests
{
    [Test]
    public async Task A_rolling_restart_under_load_loses_nothing_and_doubles_nothing()
    {
        await using var landscape = await Landscape.StartAsync();
        var pub = landscape.StartPub("pub-1");
        var sub = landscape.StartSub("sub-1");
        await Task.WhenAll(pub.WaitConnectedAsync(), sub.WaitConnectedAsync());
        await using var left = await Device.ConnectAsync("left", landscape.Brokers[0].Port);
        await using var right = await Device.ConnectAsync("right", landscape.Brokers[1].Port);
        using var stop = new CancellationTokenSource();
        var sending = SendAsync(left, right, stop.Token);

        Assert.That(await pub.TerminateAsync(), Is.Zero, string.Join('\n', pub.Output));
        await landscape.StartPub("pub-2").WaitConnectedAsync();
        Assert.That(await sub.TerminateAsync(), Is.Zero, string.Join('\n', sub.Output));
        await landscape.StartSub("sub-2").WaitConnectedAsync();
        await stop.CancelAsync();
        var sent = await sending;

        var ledger = new Ledger(sent, [left, right]);
        await Eventually.That(
            () => ledger.Arrived == sent.Count,
            TimeSpan.FromSeconds(60),
            "every message has arrived"
        );
        Assert.That(ledger.Lost(), Is.Empty);
        Assert.That(ledger.Duplicates(), Is.Zero);
        Assert.That(ledger.OutOfOrder(), Is.Empty);
    }

    private static async Task<List<string>> SendAsync(Device left, Device right, CancellationToken stop)
    {
        var sent = new List<string>();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            await Task.WhenAll(left.SendAsync(right.Name, number), right.SendAsync(left.Name, number));
            sent.AddRange([$"left>right:{number}", $"right>left:{number}"]);
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }

        return sent;
    }
}
