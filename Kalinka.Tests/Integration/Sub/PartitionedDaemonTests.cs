using System.Diagnostics;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Sub;

/// <summary>What a crash and a pause do to the instances of mode Partitioned: processes between real servers.</summary>
internal sealed class PartitionedDaemonTests() : FleetFixture(Brokers)
{
    private const int Brokers = 4;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    [Test]
    public async Task One_is_killed_one_is_paused_and_comes_back_and_one_is_added_under_load()
    {
        await using var deployment = new Deployment(_fleet, "k", Brokers);
        await deployment.PrepareAsync();
        await using var killed = Start(deployment, "i1");
        await using var paused = Start(deployment, "i2");
        await using var survivor = Start(deployment, "i3");
        foreach (var daemon in new[] { killed, paused, survivor })
        {
            await daemon.WaitReadyAsync();
        }

        deployment.Produce(10);
        await deployment.CompleteAsync();
        using var load = new CancellationTokenSource();
        var producing = LoadAsync(deployment, load.Token);

        var since = Stopwatch.GetTimestamp();
        killed.Kill();
        paused.Pause();
        await using var added = Start(deployment, "i4");
        await Eventually.That(
            () => Owned(survivor, added) == Brokers,
            SubStack.Within,
            "the others have all partitions"
        );
        TestContext.Progress.WriteLine(
            $"killed, paused, added: all partitions owned again after {Stopwatch.GetElapsedTime(since).TotalSeconds:0.0} s"
        );
        paused.Continue();
        await Eventually.That(
            () => Owned(survivor, added, paused) == Brokers && Share(paused) > 0,
            SubStack.Within,
            "a share again"
        );
        await load.CancelAsync();
        await producing;
        deployment.Produce(1);
        await deployment.CompleteAsync();

        TestContext.Progress.WriteLine($"repeats: {deployment.Repeats}");
        for (var broker = 0; broker < Brokers; broker++)
        {
            Assert.That(deployment.SeenAt(broker).Names, Is.EqualTo(new[] { $"sub-k-b{broker}" }));
        }
    }

    private static async Task LoadAsync(Deployment deployment, CancellationToken until)
    {
        while (!until.IsCancellationRequested)
        {
            deployment.Produce(1);
            await Task.Delay(Pace, TimeProvider.System, until).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static Daemon Start(Deployment deployment, string instance) =>
        Daemon.Start(
            "kalinka-sub",
            deployment.Configuration("Partitioned"),
            new Dictionary<string, string> { ["KALINKA_Instance"] = instance }
        );

    private static int Owned(params Daemon[] daemons) => daemons.Sum(Share);

    private static int Share(Daemon daemon)
    {
        try
        {
            using var status = daemon.StatusAsync().GetAwaiter().GetResult();
            return status
                .RootElement.GetProperty("brokers")
                .EnumerateArray()
                .Count(broker => broker.GetProperty("state").GetString() == "connected");
        }
        catch (HttpRequestException)
        {
            return 0; // Not listening yet.
        }
    }
}
