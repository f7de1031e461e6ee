namespace Kalinka.Pub.Seats;

/// <summary>
/// The seats while they are dealt: keeps what can stay, places what is free, then moves single seats, each along the
/// shortest chain of instances that leads from one with more to one with at least two fewer. When no such chain is left
/// the loads are as even as the caps allow.
/// </summary>
internal sealed class SeatDeal
{
    private readonly IReadOnlyList<LiveInstance> _instances;
    private readonly List<BrokerDeal> _brokers = [];
    private readonly int[] _load;

    /// <param name="instances">By name.</param>
    /// <param name="seats">By broker and number.</param>
    public SeatDeal(IReadOnlyList<LiveInstance> instances, IReadOnlyList<KeyValuePair<SeatId, string?>> seats)
    {
        _instances = instances;
        _load = new int[instances.Count];
        var index = instances.Select((instance, i) => (instance.Name, i)).ToDictionary();
        foreach (var broker in seats.GroupBy(seat => seat.Key.Broker))
        {
            Keep(broker.Key, [.. broker], index);
        }
    }

    /// <summary>Every free seat to the one with the fewest among those that may have one more of its broker.</summary>
    public void Place()
    {
        foreach (var broker in _brokers)
        {
            while (broker.HasFree && Poorest(broker) is { } instance)
            {
                broker.Place(instance);
                _load[instance]++;
            }
        }
    }

    /// <summary>Until nobody has two more than another to whom a chain leads.</summary>
    public void Even()
    {
        while (RichestFirst().Any(TryRelieve)) { }
    }

    public IReadOnlyDictionary<SeatId, string> Result()
    {
        var result = new Dictionary<SeatId, string>();
        foreach (var (seat, instance) in _brokers.SelectMany(broker => broker.Seats()))
        {
            result.Add(seat, _instances[instance].Name);
        }

        return result;
    }

    private void Keep(string name, IReadOnlyList<KeyValuePair<SeatId, string?>> seats, Dictionary<string, int> index)
    {
        var broker = new BrokerDeal(name, _instances, seats.Count);
        _brokers.Add(broker);
        foreach (var (seat, holder) in seats)
        {
            if (holder is not null && index.TryGetValue(holder, out var instance) && broker.TryKeep(seat, instance))
            {
                _load[instance]++;
            }
            else
            {
                broker.Free(seat);
            }
        }
    }

    private int? Poorest(BrokerDeal broker)
    {
        int? poorest = null;
        for (var instance = 0; instance < _load.Length; instance++)
        {
            if (broker.Takes(instance) && (poorest is not { } best || _load[instance] < _load[best]))
            {
                poorest = instance;
            }
        }

        return poorest;
    }

    private IEnumerable<int> RichestFirst()
    {
        var fewest = _load.Length == 0 ? 0 : _load.Min();
        return Enumerable
            .Range(0, _load.Length)
            .Where(instance => _load[instance] - fewest >= 2)
            .OrderByDescending(instance => _load[instance])
            .ThenBy(instance => instance);
    }

    // Breadth first, so that the fewest seats move.
    private bool TryRelieve(int richest)
    {
        var from = new Dictionary<int, (int Giver, BrokerDeal Broker)>();
        var reached = new Queue<int>([richest]);
        while (reached.TryDequeue(out var giver))
        {
            if (_load[richest] - _load[giver] >= 2)
            {
                Move(richest, giver, from);
                return true;
            }

            foreach (var (taker, broker) in Takers(giver).OrderBy(next => _load[next.Taker]))
            {
                if (taker != richest && from.TryAdd(taker, (giver, broker)))
                {
                    reached.Enqueue(taker);
                }
            }
        }

        return false;
    }

    private IEnumerable<(int Taker, BrokerDeal Broker)> Takers(int giver) =>
        from broker in _brokers
        where broker.Has(giver)
        from taker in Enumerable.Range(0, _instances.Count)
        where taker != giver && broker.Takes(taker)
        orderby broker.HasMovable(giver) descending
        select (taker, broker);

    private void Move(int richest, int poorest, Dictionary<int, (int Giver, BrokerDeal Broker)> from)
    {
        for (var taker = poorest; taker != richest; taker = from[taker].Giver)
        {
            from[taker].Broker.Move(from[taker].Giver, taker);
        }

        _load[richest]--;
        _load[poorest]++;
    }
}
