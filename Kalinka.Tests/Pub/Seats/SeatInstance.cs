using Kalinka.Common.Instances;
using Kalinka.Common.ZooKeeper;
using Kalinka.Pub.Seats;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Pub.Seats;

/// <summary>
/// One process that wants seats of broker b1, with a ZooKeeper client of its own. Its clock moves only when the test
/// moves it.
/// </summary>
internal sealed class SeatInstance : IAsyncDisposable
{
    public static readonly TimeSpan SessionTimeout = TimeSpan.FromSeconds(4);

    private readonly CancellationTokenSource _stop = new();
    private readonly ZnodeSeats _seats;
    private readonly Task _running;
    private readonly Task _showing;

    public SeatInstance(int port, string name, int seats = 1)
    {
        var options = new ZooKeeperOptions($"127.0.0.1:{port}/k", SessionTimeout, null, null, "/clients", true);
        Client = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        _seats = new ZnodeSeats(Client, name, SessionTimeout, Time, NullLogger<ZnodeSeats>.Instance);
        Claims = [.. Enumerable.Range(0, seats).Select(number => _seats.Claim("b1", number))];
        Claim.EpochChanged += Epochs.Add;
        _running = _seats.RunAsync(_stop.Token);
        var znode = new InstanceZnode(
            Client,
            "kalinka-pub",
            name,
            SessionTimeout,
            () => Report,
            Time,
            NullLogger<InstanceZnode>.Instance
        );
        _showing = znode.RunAsync(_stop.Token);

        // Behind the seats' own, so that a test which sees a state knows that they have seen it.
        Client.StateChanged += state => State = state;
    }

    public ZooKeeperClient Client { get; }

    public FakeTimeProvider Time { get; } = new();

    public ZnodeSeatClaim[] Claims { get; }

    public ZnodeSeatClaim Claim => Claims[0];

    public int Held => Claims.Count(claim => claim.Held);

    /// <summary>What it says of itself.</summary>
    public InstanceReport Report { get; set; } = new("1.2.3", "abc", KafkaReachable: true, BrokersReached: ["b1"]);

    /// <summary>Every epoch that was told for its first seat.</summary>
    public List<long> Epochs { get; } = [];

    public KeeperState State { get; private set; }

    /// <summary>Everybody whom it sees.</summary>
    public IEnumerable<string> Sees => _seats.Instances.Seen.Keys;

    /// <summary>Like a daemon: waits for every seat, and gives up and waits again when it is to go to another.</summary>
    public void HoldWhatItCan()
    {
        foreach (var claim in Claims)
        {
            _ = HoldAsync(claim);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _showing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _seats.DisposeAsync();
        _stop.Dispose();
    }

    private async Task HoldAsync(ZnodeSeatClaim claim)
    {
        while (!_stop.IsCancellationRequested)
        {
            var lost = await claim.AcquireAsync(_stop.Token);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(lost, _stop.Token);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ending.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await claim.ReleaseAsync();
        }
    }
}
