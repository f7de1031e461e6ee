namespace Kalinka.Sub.Deliveries;

/// <summary>Where lanes wait. A lane is in one queue at most and leaves from any place. The dispatcher's.</summary>
internal sealed class LaneQueue
{
    private readonly Chain<ClientLane> _lanes = new();

    public int Count => _lanes.Count;

    public ClientLane? First => _lanes.First;

    public void AddLast(ClientLane lane)
    {
        Enter(lane);
        _lanes.AddLast(lane);
    }

    public void AddFirst(ClientLane lane)
    {
        Enter(lane);
        _lanes.AddFirst(lane);
    }

    public void Remove(ClientLane lane)
    {
        _lanes.Remove(lane);
        lane.Queue = null;
    }

    /// <summary>Records of all lanes here.</summary>
    public int CountRecords()
    {
        var records = 0;
        for (var lane = First; lane is not null; lane = lane.Next)
        {
            records += lane.Count;
        }

        return records;
    }

    // First of all: the lane may be the first or the last one here already.
    private void Enter(ClientLane lane)
    {
        lane.Queue?.Remove(lane);
        lane.Queue = this;
    }
}
