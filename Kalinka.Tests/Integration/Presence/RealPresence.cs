using System.Text;
using Kalinka.Common.Directory;
using Kalinka.Common.ZooKeeper;
using Kalinka.Pub;
using Kalinka.Pub.Presence;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Integration.Presence;

/// <summary>One instance's presence before a real ensemble; its brokers speak Mosquitto's connection-state.</summary>
internal sealed class RealPresence : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly DirectorySession _session;
    private readonly Task[] _running;

    private RealPresence(ZooKeeperOptions ensemble, TimeSpan keepOffline, string instance)
    {
        var loggers = NullLoggerFactory.Instance;
        _session = new DirectorySession(ensemble, TimeProvider.System, loggers);
        Seats = new ZooKeeperClient(ensemble, TimeProvider.System, NullLogger.Instance);
        var options = new PresenceOptions(
            [new("Traffic", null, null, null), new("MosquittoConnectionState", null, null, null)],
            keepOffline,
            NewClientsPerSecond: 1_000_000,
            MaximumClients: 1_000_000
        );
        Stage = new PresenceStage(Directory, options, _session.CountAsync, TimeProvider.System, loggers);
        var upkeep = new DirectoryUpkeep(Directory, Seats, instance, Stage, keepOffline, TimeProvider.System, loggers);
        _session.Start();
        Seats.Start();
        _running = [Stage.RunAsync(_stop.Token), upkeep.RunAsync(_stop.Token)];
    }

    public PresenceStage Stage { get; }

    /// <summary>The other session with the ensemble, for seats.</summary>
    public ZooKeeperClient Seats { get; }

    public ILocationDirectory Directory => _session.Clients;

    public static async Task<RealPresence> StartAsync(
        ZooKeeperOptions ensemble,
        TimeSpan? keepOffline = null,
        string instance = "i1"
    )
    {
        var presence = new RealPresence(ensemble, keepOffline ?? TimeSpan.FromDays(7), instance);
        await Eventually.That(() => presence.Directory.Trusted, TimeSpan.FromSeconds(20), "the watch");
        presence.Stage.ReaderOf("b1")!.Follow(forgotten: false);
        presence.Stage.ReaderOf("b2")!.Follow(forgotten: false);
        return presence;
    }

    public void State(string broker, ReadOnlySpan<byte> client, bool here) =>
        Stage
            .ReaderOf(broker)!
            .Read(
                [.. "$SYS/broker/connection/client/"u8, .. client, .. "/state"u8],
                here ? "1"u8 : "0"u8,
                stored: false,
                fresh: true
            );

    public void State(string broker, string client, bool here) => State(broker, Encoding.UTF8.GetBytes(client), here);

    /// <summary>As a person reads it: <c>b1</c>, <c>b1 gone</c>, or nothing.</summary>
    public async Task<string> WhereAsync(string client)
    {
        var location = await Directory.ReadAsync(Encoding.UTF8.GetBytes(client), default);
        return location.Broker + (location.Details.OfflineSince == 0 ? "" : " gone");
    }

    public async Task BecomesAsync(string client, string expected)
    {
        var last = "";
        var looking = Task.CompletedTask;
        await Eventually.That(
            () =>
            {
                if (looking.IsCompleted)
                {
                    looking = LookAsync();
                }

                return Volatile.Read(ref last) == expected;
            },
            TimeSpan.FromSeconds(20),
            $"{client} at '{expected}'"
        );

        async Task LookAsync() => Volatile.Write(ref last, await WhereAsync(client));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _session.DisposeAsync();
        await Seats.DisposeAsync();
        _stop.Dispose();
    }
}
