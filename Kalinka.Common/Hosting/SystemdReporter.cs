using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;

namespace Kalinka.Common.Hosting;

/// <summary>
/// Tells systemd what the daemon is doing (<c>STATUS=</c>) and, where <c>WatchdogSec=</c> asks for it, that it is alive.
/// A pipeline that has ended, or whose status hangs, gets no ping; see sd_notify(3) and sd_watchdog_enabled(3).
/// </summary>
internal sealed class SystemdReporter(PipelineCarrier carrier, ISystemdNotifier systemd, TimeProvider time)
    : BackgroundService
{
    private static readonly TimeSpan Slowest = TimeSpan.FromSeconds(1);

    private readonly TimeSpan? _watchdog = WatchdogInterval(
        Environment.GetEnvironmentVariable("WATCHDOG_USEC"),
        Environment.GetEnvironmentVariable("WATCHDOG_PID"),
        Environment.ProcessId
    );

    private string _told = "";

    /// <summary>How soon systemd wants to hear from this process; null for never.</summary>
    internal static TimeSpan? WatchdogInterval(string? microseconds, string? processId, int self)
    {
        var meant = string.IsNullOrEmpty(processId) || processId == self.ToString(CultureInfo.InvariantCulture);
        return
            meant
            && long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value > 0
            ? TimeSpan.FromMicroseconds(value)
            : null;
    }

    /// <summary>One line for <c>systemctl status</c>.</summary>
    internal static string Describe(DaemonStatus status, bool draining)
    {
        var connected = status.Brokers.Count(broker => broker.State == "connected");
        var text = (draining, status.Ready) switch
        {
            (true, _) => "Draining",
            (_, true) => $"Ready: {connected} of {status.Brokers.Count} brokers connected",
            _ => $"Waiting for {status.WaitingFor}",
        };
        return text.ReplaceLineEndings(" ");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var period = _watchdog / 2 is { } half && half < Slowest ? half : Slowest;
        using var timer = new PeriodicTimer(period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Report();
        }
    }

    /// <summary>What a tick does.</summary>
    internal void Report()
    {
        if (!carrier.Alive || carrier.Status() is not { } status)
        {
            return;
        }

        if (_watchdog is not null)
        {
            systemd.Notify(new ServiceState("WATCHDOG=1"));
        }

        var text = Describe(status, carrier.Draining);
        if (text != _told)
        {
            _told = text;
            systemd.Notify(new ServiceState($"STATUS={text}"));
        }
    }
}
