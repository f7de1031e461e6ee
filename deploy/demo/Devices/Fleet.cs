using Kalinka.QuickStart.Brokers;
using Kalinka.QuickStart.Ledger;

namespace Kalinka.QuickStart.Devices;

/// <summary>The devices, spread over the brokers in turn.</summary>
internal sealed class Fleet : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private readonly List<Device> _devices = [];

    public IReadOnlyList<Device> Devices => _devices;

    public static async Task<Fleet> ConnectAsync(
        int count,
        IReadOnlyList<EmbeddedBroker> brokers,
        MessageLedger ledger,
        CancellationToken cancellationToken
    )
    {
        var fleet = new Fleet();
        for (var n = 0; n < count; n++)
        {
            var broker = brokers[n % brokers.Count];
            fleet._devices.Add(await Device.ConnectAsync($"device-{n + 1}", broker, ledger, cancellationToken));
        }

        return fleet;
    }

    /// <summary>Every device reports once: from then on its broker is known.</summary>
    public Task IntroduceAsync(string system, CancellationToken cancellationToken) =>
        Task.WhenAll(_devices.Select(device => device.ReportAsync(system, cancellationToken)));

    /// <summary>Devices report and talk until <paramref name="stopping"/>; each finishes what it has begun.</summary>
    /// <param name="giveUp">Ends attempts to send that do not succeed.</param>
    public Task RunAsync(string system, CancellationToken stopping, CancellationToken giveUp) =>
        Task.WhenAll(_devices.Select(device => RunAsync(device, system, stopping, giveUp)));

    public void Dispose() => _devices.ForEach(device => device.Dispose());

    private async Task RunAsync(Device device, string system, CancellationToken stopping, CancellationToken giveUp)
    {
        try
        {
            while (true)
            {
                var jitter = Pause * (0.5 + Random.Shared.NextDouble());
                await Task.Delay(jitter, TimeProvider.System, stopping);
                await device.ReportAsync(system, giveUp);
                await device.TellAsync(NeighbourOf(device), giveUp);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The end of the demonstration.
        }
    }

    private Device NeighbourOf(Device device)
    {
        var others = _devices.Where(other => other != device).ToArray();
        return others[Random.Shared.Next(others.Length)];
    }
}
