using Kalinka.Common.Delivery;

namespace Kalinka.Pub.Producing;

/// <summary>All lanes by number. Adding takes a lock, finding does not.</summary>
internal sealed class LaneTable(ByteBudget budget)
{
    private readonly Lock _lock = new();
    private volatile SeatLane[] _lanes = [];

    /// <exception cref="InvalidOperationException">More than 32,767 seats in one process.</exception>
    public SeatLane Add(int window)
    {
        lock (_lock)
        {
            if (_lanes.Length == ProduceToken.MaximumLanes)
            {
                throw new InvalidOperationException($"more than {ProduceToken.MaximumLanes} seats in one process");
            }

            var lane = new SeatLane(_lanes.Length, window, budget);
            _lanes = [.. _lanes, lane];
            return lane;
        }
    }

    /// <summary>The lane of a token; null for QoS 0.</summary>
    public SeatLane? Find(long token)
    {
        var number = ProduceToken.Lane(token);
        return number == ProduceToken.MaximumLanes ? null : _lanes[number];
    }
}
