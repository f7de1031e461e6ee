using Kalinka.Common.Brokers;
using Kalinka.Common.Mqtt;

namespace Kalinka.Pub;

/// <summary>
/// One broker of the roster: it has seats while it is in service. When it is withdrawn they are drained and given up;
/// when it is retired its MQTT sessions are ended, too.
/// </summary>
/// <param name="first">As it came.</param>
/// <param name="seats">Of all brokers.</param>
/// <param name="seated">How its seats are connected that are there already; null for none.</param>
/// <param name="number">Seats of each broker.</param>
/// <param name="retirement">Null without ZooKeeper, by which a broker is retired.</param>
internal sealed class SeatedBroker(
    RosterEntry first,
    SeatTable seats,
    BrokerOptions? seated,
    int number,
    BrokerRetirement? retirement
) : RosteredBroker(first)
{
    private BrokerOptions? _seated = seated;

    // Read by any thread.
    private volatile bool _done;

    /// <summary>Its seats, while it has any. Any thread.</summary>
    public IReadOnlyList<SeatRunner> Seats =>
        seats.Brokers.FirstOrDefault(broker => broker.Broker.Name == Entry.Name)?.Seats ?? [];

    /// <inheritdoc cref="Common.Hosting.BrokerStatus.Retired"/>
    public bool? Retired => Entry.State == RosterState.Retired ? _done : null;

    /// <inheritdoc/>
    public override async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (Wanted(out var changed) is { } entry)
            {
                _done = false;
                await MoveAsync(entry);
                if (entry.State == RosterState.Retired && retirement is not null)
                {
                    await RetireAsync(retirement, entry.Broker, changed, stopping);
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

    private async Task MoveAsync(RosterEntry entry)
    {
        if (entry.State != RosterState.InService || entry.Broker != _seated)
        {
            await LeaveAsync();
        }

        if (entry.State == RosterState.InService && _seated is null)
        {
            seats.Add(entry.Broker, number);
            _seated = entry.Broker;
        }
    }

    private async Task LeaveAsync()
    {
        await seats.RemoveAsync(Entry.Name);
        _seated = null;
    }

    // Given up when something else is wanted; what is left of a session then is served by its seat again.
    private async Task RetireAsync(
        BrokerRetirement through,
        BrokerOptions broker,
        Task changed,
        CancellationToken stopping
    )
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var running = RetireForGoodAsync(through, broker, giveUp.Token);
        await Task.WhenAny(running, changed);
        await giveUp.CancelAsync();
        try
        {
            await running;
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // Something else is wanted.
        }
    }

    // One that had not heard of it yet may have left a session behind us, and died.
    private async Task RetireForGoodAsync(BrokerRetirement through, BrokerOptions broker, CancellationToken giveUp)
    {
        while (true)
        {
            await through.RunAsync(broker, giveUp);
            _done = true;
            await through.WhenRecordedAsync(broker, giveUp);
            _done = false;
        }
    }
}
