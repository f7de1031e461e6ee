namespace Kalinka.Pub.Seats;

/// <summary>The seats of one broker while they are dealt. Instances are numbers here.</summary>
internal sealed class BrokerDeal
{
    private readonly IReadOnlyList<LiveInstance> _instances;
    private readonly string _name;
    private readonly bool _anyAble;
    private readonly bool[] _candidates;
    private readonly int _cap;
    private readonly List<SeatId>[] _kept;
    private readonly List<SeatId>[] _placed;
    private readonly Queue<SeatId> _free = new();

    public BrokerDeal(string name, IReadOnlyList<LiveInstance> instances, int seats)
    {
        (_name, _instances) = (name, instances);
        _anyAble = instances.Any(instance => instance.Able.Contains(name));
        _candidates = Candidates();
        _cap = CeilingOf(seats, _candidates.Count(candidate => candidate));
        _kept = [.. instances.Select(_ => new List<SeatId>())];
        _placed = [.. instances.Select(_ => new List<SeatId>())];
    }

    public bool HasFree => _free.Count > 0;

    public void Free(SeatId seat) => _free.Enqueue(seat);

    /// <summary>A holder keeps its seat within the cap, unless it has been unable to serve while another reports it can.</summary>
    public bool TryKeep(SeatId seat, int holder)
    {
        if (Count(holder) == _cap || (_anyAble && _instances[holder].Unable.Contains(_name)))
        {
            return false;
        }

        _kept[holder].Add(seat);
        return true;
    }

    /// <summary>It may have one more.</summary>
    public bool Takes(int instance) => _candidates[instance] && Count(instance) < _cap;

    public void Place(int instance) => _placed[instance].Add(_free.Dequeue());

    public bool Has(int instance) => Count(instance) > 0;

    /// <summary>It has one that is no holder's yet: to move it costs nothing.</summary>
    public bool HasMovable(int instance) => _placed[instance].Count > 0;

    public void Move(int giver, int taker)
    {
        var source = HasMovable(giver) ? _placed[giver] : _kept[giver];
        _placed[taker].Add(source[^1]);
        source.RemoveAt(source.Count - 1);
    }

    public IEnumerable<KeyValuePair<SeatId, int>> Seats() =>
        Enumerable
            .Range(0, _instances.Count)
            .SelectMany(i => _kept[i].Concat(_placed[i]).Select(seat => KeyValuePair.Create(seat, i)));

    private static int CeilingOf(int seats, int instances) => instances == 0 ? 0 : (seats + instances - 1) / instances;

    private int Count(int instance) => _kept[instance].Count + _placed[instance].Count;

    // Those that report that they can; where none does, those that have not failed for long; else everybody.
    private bool[] Candidates()
    {
        bool[] able = [.. _instances.Select(instance => instance.Able.Contains(_name))];
        bool[] hopeful = [.. _instances.Select(instance => !instance.Unable.Contains(_name))];
        return _anyAble ? able
            : hopeful.Contains(true) ? hopeful
            : [.. _instances.Select(_ => true)];
    }
}
