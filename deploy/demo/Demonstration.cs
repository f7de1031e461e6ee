using Kalinka.QuickStart.Devices;
using Kalinka.QuickStart.Ledger;
using Kalinka.QuickStart.Views;

namespace Kalinka.QuickStart;

/// <summary>One run, from the first server to the last line of the summary.</summary>
internal sealed class Demonstration(QuickStartOptions options, TextWriter output)
{
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ArrivalTimeout = TimeSpan.FromSeconds(30);
    private readonly MessageLedger _ledger = new(TimeProvider.System);

    /// <summary>True when every message is accounted for.</summary>
    public async Task<bool> RunAsync(CancellationToken stopping)
    {
        Directory.CreateDirectory(options.Folder);
        await using var landscape = new Landscape();
        await landscape.StartServersAsync();
        output.WriteLine("Two MQTT brokers, a Kafka and a ZooKeeper run within this process. Starting the daemons ...");
        await landscape.StartDaemonsAsync(options, stopping);
        WriteAddresses(landscape);

        await using var backEnd = new BackEndSystem(landscape.BootstrapServers, _ledger);
        using var fleet = await Fleet.ConnectAsync(options.Devices, landscape.Brokers, _ledger, stopping);
        await LetFlowAsync(landscape, backEnd, fleet, stopping);

        output.WriteLine();
        output.WriteLine("Devices are silent; waiting for what is on its way, then stopping the daemons ...");
        await ArrivalAsync();
        var summary = new Summary(_ledger, await landscape.StopDaemonsAsync());
        summary.Write(output);
        return summary.Good;
    }

    private async Task LetFlowAsync(Landscape landscape, BackEndSystem backEnd, Fleet fleet, CancellationToken stopping)
    {
        await fleet.IntroduceAsync(BackEndSystem.Name, stopping);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var giveUp = new CancellationTokenSource();
        await using var patience = end.Token.Register(() => giveUp.CancelAfter(SendTimeout));
        if (options.Seconds is { } seconds)
        {
            end.CancelAfter(TimeSpan.FromSeconds(seconds));
        }

        var flowing = fleet.RunAsync(BackEndSystem.Name, end.Token, giveUp.Token);
        await ShowAsync(landscape, Task.WhenAny(flowing, backEnd.Completion));
    }

    private async Task ShowAsync(Landscape landscape, Task<Task> flowing)
    {
        IView view = Console.IsOutputRedirected
            ? new PlainView(output, _ledger)
            : new LiveView(output, _ledger, () => Console.WindowWidth);
        var started = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(view.Interval);
        while (!flowing.IsCompleted)
        {
            view.Show(TimeProvider.System.GetElapsedTime(started));
            landscape.ThrowIfDaemonExited();
            await Task.WhenAny(flowing, timer.WaitForNextTickAsync().AsTask());
        }

        view.Show(TimeProvider.System.GetElapsedTime(started));
        await await flowing;
    }

    private async Task ArrivalAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!_ledger.Balanced && TimeProvider.System.GetElapsedTime(started) < ArrivalTimeout)
        {
            await timer.WaitForNextTickAsync();
        }
    }

    private void WriteAddresses(Landscape landscape)
    {
        output.WriteLine();
        output.WriteLine(
            $"{options.Devices} devices on {string.Join(" and ", landscape.Brokers.Select(b => $"{b.Name} (127.0.0.1:{b.Port})"))}"
        );
        foreach (var daemon in landscape.Daemons)
        {
            output.WriteLine($"{daemon.Name}   {daemon.Url}/");
        }

        output.WriteLine($"Configurations and logs   {options.Folder}");
        output.WriteLine(options.Seconds is null ? "Ctrl-C ends it." : $"It ends by itself after {options.Seconds} s.");
        output.WriteLine();
    }
}
