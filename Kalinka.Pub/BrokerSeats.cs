using Kalinka.Common.Mqtt;

namespace Kalinka.Pub;

/// <summary>The seats of one broker, from its coming to its going.</summary>
internal sealed class BrokerSeats(BrokerOptions broker, IReadOnlyList<SeatRunner> seats)
{
    private readonly CancellationTokenSource _leaving = new();
    private Task _running = Task.CompletedTask;

    public BrokerOptions Broker => broker;

    public IReadOnlyList<SeatRunner> Seats => seats;

    /// <summary>Runs every seat until cancelled, or told to leave; then they are drained and given up. Call it once.</summary>
    public Task RunAsync(CancellationToken stopping) => _running = RunAllAsync(stopping);

    /// <summary>Completes when every seat has been drained and given up, or has failed. Never faults.</summary>
    public async Task LeaveAsync()
    {
        await _leaving.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAllAsync(CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping, _leaving.Token);
        await Task.WhenAll(seats.Select(seat => seat.RunAsync(ending.Token)));
    }
}
