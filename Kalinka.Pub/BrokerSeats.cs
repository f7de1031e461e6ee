using Kalinka.Common.Mqtt;

namespace Kalinka.Pub;

/// <summary>The seats of one broker, from its coming to its going.</summary>
internal sealed class BrokerSeats(BrokerOptions broker, IReadOnlyList<SeatRunner> seats)
{
    private readonly CancellationTokenSource _leaving = new();
    private Task _running = Task.CompletedTask;

    public BrokerOptions Broker => broker;

    public IReadOnlyList<SeatRunner> Seats => seats;

    /// <summary>
    /// Runs every seat until cancelled, told to leave, or one of them has failed; then they are drained and given up. Call
    /// it once.
    /// </summary>
    /// <exception cref="Exception">What the first seat failed with.</exception>
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
        Task[] running = [.. seats.Select(seat => seat.RunAsync(ending.Token))];
        await foreach (var ended in Task.WhenEach(running))
        {
            if (ended.IsFaulted)
            {
                // Else nobody would hear of it before the last of the others ends.
                await ending.CancelAsync();
            }
        }

        await Task.WhenAll(running);
    }
}
