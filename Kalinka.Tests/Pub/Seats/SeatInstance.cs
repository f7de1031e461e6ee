using Kalinka.Common.ZooKeeper;
using Kalinka.Pub.Seats;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Pub.Seats;

/// <summary>
/// One process that wants seat 0 of broker b1, with a ZooKeeper client of its own. Its clock stands still, so that only
/// what ZooKeeper tells moves it.
/// </summary>
internal sealed class SeatInstance : IAsyncDisposable
{
    public static readonly TimeSpan SessionTimeout = TimeSpan.FromSeconds(4);

    private readonly CancellationTokenSource _stop = new();
    private readonly ZnodeSeats _seats;
    private readonly Task _running;

    public SeatInstance(int port, string name)
    {
        var options = new ZooKeeperOptions($"127.0.0.1:{port}/k", SessionTimeout, null, null, "/clients", true);
        Client = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        _seats = new ZnodeSeats(Client, name, SessionTimeout, Time, NullLogger<ZnodeSeats>.Instance);
        Claim = _seats.Claim("b1", 0);
        Claim.EpochChanged += Epochs.Add;
        _running = _seats.RunAsync(_stop.Token);

        // Behind the seats' own, so that a test which sees a state knows that they have seen it.
        Client.StateChanged += state => State = state;
    }

    public ZooKeeperClient Client { get; }

    public FakeTimeProvider Time { get; } = new();

    public ZnodeSeatClaim Claim { get; }

    /// <summary>Every epoch that was told.</summary>
    public List<long> Epochs { get; } = [];

    public KeeperState State { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _seats.DisposeAsync();
        _stop.Dispose();
    }
}
