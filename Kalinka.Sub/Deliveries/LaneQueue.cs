namespace Kalinka.Sub.Deliveries;

/// <summary>Where lanes wait. A lane is in one queue at most and leaves from any place. The dispatcher's.</summary>
internal sealed class LaneQueue
{
    private ClientLane? _last;

    public int Count { get; private set; }

    public ClientLane? First { get; private set; }

    public void AddLast(ClientLane lane)
    {
        // First of all: the lane may be the last one here already.
        lane.Queue?.Remove(lane);
        Enter(lane, before: _last, after: null);
    }

    public void AddFirst(ClientLane lane)
    {
        lane.Queue?.Remove(lane);
        Enter(lane, before: null, after: First);
    }

    public void Remove(ClientLane lane)
    {
        if (lane.Before is null)
        {
            First = lane.After;
        }
        else
        {
            lane.Before.After = lane.After;
        }

        if (lane.After is null)
        {
            _last = lane.Before;
        }
        else
        {
            lane.After.Before = lane.Before;
        }

        lane.Before = null;
        lane.After = null;
        lane.Queue = null;
        Count--;
    }

    /// <summary>Records of all lanes here.</summary>
    public int CountRecords()
    {
        var records = 0;
        for (var lane = First; lane is not null; lane = lane.After)
        {
            records += lane.Count;
        }

        return records;
    }

    private void Enter(ClientLane lane, ClientLane? before, ClientLane? after)
    {
        lane.Queue = this;
        lane.Before = before;
        lane.After = after;
        if (before is null)
        {
            First = lane;
        }
        else
        {
            before.After = lane;
        }

        if (after is null)
        {
            _last = lane;
        }
        else
        {
            after.Before = lane;
        }

        Count++;
    }
}
