using Kalinka.Common.Delivery;

namespace Kalinka.Pub.Producing;

/// <summary>All lanes by number. Adding and returning take a lock, finding does not.</summary>
internal sealed class LaneTable(ByteBudget budget)
{
    private readonly Lock _lock = new();
    private volatile SeatLane[] _lanes = [];

    // Numbers whose lanes are done; under the lock.
    private readonly Stack<int> _free = new();

    /// <exception cref="InvalidOperationException">More than 32,767 seats in one process.</exception>
    public SeatLane Add(int window)
    {
        lock (_lock)
        {
            if (_free.TryPop(out var number))
            {
                return Replace(new SeatLane(number, window, budget));
            }

            if (_lanes.Length == ProduceToken.MaximumLanes)
            {
                throw new InvalidOperationException($"more than {ProduceToken.MaximumLanes} seats in one process");
            }

            var lane = new SeatLane(_lanes.Length, window, budget);
            _lanes = [.. _lanes, lane];
            return lane;
        }
    }

    /// <summary>
    /// The lane takes no more messages. Its number goes to another lane once all it has taken are settled: reports name
    /// lanes by their numbers.
    /// </summary>
    public void Return(SeatLane lane) =>
        lane.WhenSettledAsync()
            .ContinueWith(
                _ => Free(lane.Number),
                CancellationToken.None,
                TaskContinuationOptions.None,
                TaskScheduler.Default
            );

    /// <summary>The lane of a token; null for QoS 0.</summary>
    public SeatLane? Find(long token)
    {
        var number = ProduceToken.Lane(token);
        return number == ProduceToken.MaximumLanes ? null : _lanes[number];
    }

    // Under the lock. Readers have the old array or the new one.
    private SeatLane Replace(SeatLane lane)
    {
        SeatLane[] lanes = [.. _lanes];
        lanes[lane.Number] = lane;
        _lanes = lanes;
        return lane;
    }

    private void Free(int number)
    {
        lock (_lock)
        {
            _free.Push(number);
        }
    }
}
