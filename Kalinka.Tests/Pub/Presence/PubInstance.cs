using System.Text;
using Kalinka.Pub;
using Kalinka.Pub.Presence;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Pub.Presence;

/// <summary>One instance's presence on a shared directory; its brokers speak Mosquitto's connection-state.</summary>
internal sealed class PubInstance : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeProvider _time;
    private Task _running = Task.CompletedTask;

    public PubInstance(
        MemoryDirectory directory,
        TimeProvider time,
        Func<PresenceOptions, PresenceOptions>? change = null
    )
    {
        _time = time;
        var options = new PresenceOptions(
            [new("Traffic", null, null, null), new("Emqx", null, null, null), new("Mosquitto", null, null, null)],
            TimeSpan.FromDays(7),
            NewClientsPerSecond: 1_000,
            MaximumClients: 10_000
        );
        Presence = new PresenceStage(
            directory.Connect(),
            change?.Invoke(options) ?? options,
            _ => Task.FromResult((long)directory.Count),
            time,
            NullLoggerFactory.Instance
        );
    }

    public PresenceStage Presence { get; }

    public PresenceCounters Counters => Presence.Counters;

    public PubInstance Run()
    {
        _running = Presence.RunAsync(_stop.Token);
        return this;
    }

    /// <summary>It holds the first seat of this broker and is connected.</summary>
    public PubInstance Reads(params string[] brokers)
    {
        foreach (var broker in brokers)
        {
            Presence.ReaderOf(broker)!.Follow(forgotten: false);
        }

        return this;
    }

    public void Online(string broker, string client, bool fresh = true, bool stored = false, long at = 1_000) =>
        Event(
            broker,
            $"clients/{client}/connected",
            $$"""{"clientid":"{{client}}","connected_at":{{at}}}""",
            fresh,
            stored
        );

    public void Offline(string broker, string client, bool stored = false, long at = 2_000) =>
        Event(
            broker,
            $"clients/{client}/disconnected",
            $$"""{"clientid":"{{client}}","disconnected_at":{{at}},"reason":"normal"}""",
            fresh: true,
            stored
        );

    public void Uptime(string broker, int seconds) =>
        Presence
            .ReaderOf(broker)!
            .Read("$SYS/broker/uptime"u8, Encoding.UTF8.GetBytes($"{seconds} seconds"), stored: false, fresh: true);

    public void Traffic(string broker, string client, bool fresh = true) =>
        Presence
            .TrafficOf(broker)
            .Seen(Encoding.UTF8.GetBytes(client), fresh, _time.GetUtcNow().ToUnixTimeMilliseconds());

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private void Event(string broker, string topic, string payload, bool fresh, bool stored) =>
        Presence
            .ReaderOf(broker)!
            .Read(
                Encoding.UTF8.GetBytes($"$SYS/brokers/{broker}/{topic}"),
                Encoding.UTF8.GetBytes(payload),
                stored,
                fresh
            );
}
