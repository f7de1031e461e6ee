using Kalinka.Common.Brokers;
using Kalinka.Common.Mqtt;

namespace Kalinka.Pub;

/// <summary>One broker of the roster: it has seats while it is in service.</summary>
/// <param name="first">As it came.</param>
/// <param name="seats">Of all brokers.</param>
/// <param name="seated">How its seats are connected that are there already; null for none.</param>
/// <param name="number">Seats of each broker.</param>
internal sealed class SeatedBroker(RosterEntry first, SeatTable seats, BrokerOptions? seated, int number)
    : RosteredBroker(first)
{
    private BrokerOptions? _seated = seated;

    /// <summary>Its seats, while it has any. Any thread.</summary>
    public IReadOnlyList<SeatRunner> Seats =>
        seats.Brokers.FirstOrDefault(broker => broker.Broker.Name == Entry.Name)?.Seats ?? [];

    /// <inheritdoc cref="Common.Hosting.BrokerStatus.Retired"/>
    public bool? Retired => Entry.State == RosterState.Retired ? Seats.Count == 0 : null;

    /// <inheritdoc/>
    public override async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (Wanted(out var changed) is { } entry)
            {
                if (entry.State != RosterState.InService || entry.Broker != _seated)
                {
                    await LeaveAsync();
                }

                if (entry.State == RosterState.InService)
                {
                    Seat(entry.Broker);
                }

                await changed.WaitAsync(stopping);
            }

            await LeaveAsync();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Its seats are drained by whoever runs them.
        }
    }

    private async Task LeaveAsync()
    {
        await seats.RemoveAsync(Entry.Name);
        _seated = null;
    }

    private void Seat(BrokerOptions broker)
    {
        if (_seated is null)
        {
            seats.Add(broker, number);
            _seated = broker;
        }
    }
}
