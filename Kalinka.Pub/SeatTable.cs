using Kalinka.Common.Mqtt;
using Kalinka.Common.Resilience;

namespace Kalinka.Pub;

/// <summary>
/// The seats of all brokers. Brokers come and go while the daemon runs: <see cref="Add"/> and <see cref="RemoveAsync"/>
/// may be called before, during and after <see cref="RunAsync"/>, by one thread at a time; the rest by any thread.
/// </summary>
internal sealed class SeatTable(SeatBuilder builder)
{
    private readonly RunningTasks _running = new();
    private readonly Lock _lock = new();

    // Written under the lock.
    private CancellationToken? _stopping;
    private volatile Present _present = new([], new SeatTotals());

    private sealed record Present(BrokerSeats[] Brokers, SeatTotals Gone);

    /// <summary>In the order of their coming.</summary>
    public IReadOnlyList<BrokerSeats> Brokers => _present.Brokers;

    public IEnumerable<SeatRunner> All => _present.Brokers.SelectMany(broker => broker.Seats);

    /// <summary>Of all seats that are here, and that were.</summary>
    public SeatTotals Totals
    {
        get
        {
            // A broker is in one of the two, never in both or neither.
            var present = _present;
            return present.Brokers.SelectMany(broker => broker.Seats).Aggregate(present.Gone, Sum);
        }
    }

    /// <summary>Seats of one more broker, which are sought at once when the daemon runs. Returns at once.</summary>
    /// <param name="broker">Its name is none of those that are here.</param>
    /// <param name="seats">1 or more; the same number in every instance.</param>
    public void Add(BrokerOptions broker, int seats)
    {
        lock (_lock)
        {
            if (Array.Exists(_present.Brokers, present => present.Broker.Name == broker.Name))
            {
                throw new InvalidOperationException($"broker {broker.Name} is here already");
            }

            var added = new BrokerSeats(broker, builder.BuildAll(broker, seats));
            _present = _present with { Brokers = [.. _present.Brokers, added] };
            if (_stopping is { } stopping)
            {
                _running.Add(added.RunAsync(stopping));
            }
        }
    }

    /// <summary>
    /// Takes a broker out: its seats are drained and given up, its sessions stay at the broker as they are. A name that
    /// is not here is no error.
    /// </summary>
    /// <returns>Completes when the last seat has been given up. Never faults.</returns>
    public async Task RemoveAsync(string brokerName)
    {
        if (Array.Find(_present.Brokers, present => present.Broker.Name == brokerName) is not { } leaving)
        {
            return;
        }

        await leaving.LeaveAsync();
        lock (_lock)
        {
            _present = new Present(
                [.. _present.Brokers.Where(broker => broker != leaving)],
                leaving.Seats.Aggregate(_present.Gone, Sum)
            );
        }

        foreach (var seat in leaving.Seats)
        {
            builder.Scrap(seat);
        }
    }

    /// <summary>Drains and gives up whatever still runs. Never faults.</summary>
    public Task LeaveAsync() => Task.WhenAll(_present.Brokers.Select(broker => broker.LeaveAsync()));

    /// <summary>Runs all seats until cancelled; they are drained and given up then. Call it once.</summary>
    /// <exception cref="Exception">
    /// What a seat failed with, at once; the others go on until cancelled, and <see cref="LeaveAsync"/> waits for them.
    /// </exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        lock (_lock)
        {
            _stopping = stopping;
            foreach (var broker in _present.Brokers)
            {
                _running.Add(broker.RunAsync(stopping));
            }
        }

        await _running.RunAsync(stopping);
    }

    private static SeatTotals Sum(SeatTotals totals, SeatRunner seat) => totals.With(seat);
}
