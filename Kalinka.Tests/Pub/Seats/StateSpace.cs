namespace Kalinka.Tests.Pub.Seats;

/// <summary>
/// Every state of a model that any order of any number of happenings leads to, and what is wrong with them: the first way
/// that was found to each kind of mistake, null where there is none.
/// </summary>
internal sealed class StateSpace
{
    // An edge is the number of the state it leads to, above what it costs.
    private const int CostBits = 4;

    private readonly ProtocolModel _model;
    private readonly bool _faults;
    private readonly Dictionary<ModelState, int> _numbers = [];
    private readonly List<ModelState> _states = [];
    private readonly List<int> _from = [];
    private readonly List<int> _edges = [];

    // By state: where its edges begin. They end where the next one's do.
    private readonly List<int> _begins = [];

    /// <param name="faults">Whether anything goes wrong at all.</param>
    public StateSpace(ProtocolModel model, bool faults)
    {
        (_model, _faults) = (model, faults);
        Reach(ProtocolModel.Start, from: -1);
        var steps = new List<ModelStep>();
        for (var number = 0; number < Count; number++)
        {
            Expand(number, steps);
        }

        _begins.Add(_edges.Count);
    }

    public int Count => _states.Count;

    public int Edges => _edges.Count;

    /// <summary>Two instances that run believe to be the confirmed owner of one seat.</summary>
    public string? Shared { get; private set; }

    /// <summary>Something is to come again.</summary>
    public string? Repeat { get; private set; }

    public IEnumerable<ModelState> States => _states;

    public bool Contains(ModelState state) => _numbers.ContainsKey(state);

    /// <summary>
    /// More connections were taken away than one for each fault and each lost patience, and one to take it back, per seat
    /// that it hits.
    /// </summary>
    // The shortest ways, with takeovers as what makes them shorter.
    public string? FindWar()
    {
        var credits = new int[Count];
        Array.Fill(credits, int.MaxValue);
        credits[0] = 0;
        var open = new Queue<int>([0]);
        while (open.TryDequeue(out var number))
        {
            foreach (var edge in EdgesOf(number))
            {
                var (next, credit) = (edge >> CostBits, credits[number] + Cost(edge));
                if (credit < 0)
                {
                    return $"{Way(number)}\nand so on, to more takeovers than faults and waits allow";
                }

                if (credit < credits[next])
                {
                    credits[next] = credit;
                    _from[next] = number;
                    open.Enqueue(next);
                }
            }
        }

        return null;
    }

    /// <summary>A state from which no steps lead to a good one, without another fault and without lost patience.</summary>
    public string? FindStuck()
    {
        var stuck = new bool[Count];
        List<int> unknown = [.. Enumerable.Range(0, Count).Where(number => !_model.IsGood(_states[number]))];
        unknown.ForEach(number => stuck[number] = true);
        int before;
        do
        {
            before = unknown.Count;
            unknown.RemoveAll(number => !(stuck[number] = !LeadsOut(number, stuck)));
            unknown.Reverse();
        } while (unknown.Count < before);

        return unknown.Count == 0 ? null : Way(unknown.Min());
    }

    private bool LeadsOut(int number, bool[] stuck)
    {
        foreach (var edge in EdgesOf(number))
        {
            // A step by itself costs nothing.
            if (Cost(edge) <= 0 && !stuck[edge >> CostBits])
            {
                return true;
            }
        }

        return false;
    }

    private void Expand(int number, List<ModelStep> steps)
    {
        _begins.Add(_edges.Count);
        StepsFrom(number, steps);
        foreach (var step in steps)
        {
            if (step.Repeats)
            {
                Repeat ??= $"{Way(number)}\n{step}";
            }

            _edges.Add(Reach(step.Next, number) << CostBits | CostOf(step) + 1);
        }
    }

    private void StepsFrom(int number, List<ModelStep> steps)
    {
        steps.Clear();
        _model.Steps(_states[number], steps);
        if (_faults)
        {
            _model.Faults(_states[number], steps);
        }
    }

    private ReadOnlySpan<int> EdgesOf(int number) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_edges)[_begins[number].._begins[number + 1]];

    private static int Cost(int edge) => (edge & (1 << CostBits) - 1) - 1;

    private int CostOf(in ModelStep step) =>
        (step.Takeover ? -1 : 0)
        + step.Kind switch
        {
            Happening.Fault => 2 * _model.Seats,
            Happening.Wait => 2,
            _ => 0,
        };

    private int Reach(ModelState state, int from)
    {
        if (!_numbers.TryGetValue(state, out var number))
        {
            number = _states.Count;
            _numbers.Add(state, number);
            _states.Add(state);
            _from.Add(from);
            if (Shared is null && IsShared(state))
            {
                Shared = Way(number);
            }
        }

        return number;
    }

    private bool IsShared(ModelState state)
    {
        for (var seat = 0; seat < _model.Seats; seat++)
        {
            if (state.ConfirmedOwner(0, seat) && state.ConfirmedOwner(1, seat))
            {
                return true;
            }
        }

        return false;
    }

    private string Way(int to)
    {
        var way = new List<string>();
        for (var number = to; number >= 0; number = _from[number])
        {
            way.Add($"{What(number), -40} {_states[number]}");
        }

        way.Reverse();
        return string.Join('\n', way);
    }

    private string What(int number)
    {
        if (_from[number] < 0)
        {
            return "start";
        }

        var steps = new List<ModelStep>();
        StepsFrom(_from[number], steps);
        return steps.Find(step => step.Next == _states[number]).ToString();
    }
}
