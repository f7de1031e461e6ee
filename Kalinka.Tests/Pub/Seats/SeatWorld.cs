using System.Collections.Immutable;
using Kalinka.Pub.Seats;

namespace Kalinka.Tests.Pub.Seats;

public enum SeatHappening
{
    Join,
    Leave,
    BrokerComes,
    BrokerGoes,
}

/// <param name="Which">The instance or the broker.</param>
/// <param name="Seats">Of a broker that comes.</param>
public readonly record struct SeatStep(SeatHappening Happening, int Which, int Seats);

/// <summary>Instances and brokers that come and go; after each step the seats are held as they were assigned.</summary>
internal sealed class SeatWorld
{
    private readonly SortedSet<string> _instances = [];
    private readonly SortedDictionary<string, int> _brokers = [];
    private Dictionary<SeatId, string?> _holders = [];

    /// <summary>Seats that a live holder had to give up in the last step.</summary>
    public int Moved { get; private set; }

    /// <summary>How many the bounds allow for the last step.</summary>
    public int Allowed { get; private set; }

    /// <summary>Seats that were free in the last step, and found a holder.</summary>
    public int Placed { get; private set; }

    public void Do(SeatStep step)
    {
        var (instance, broker) = ($"i{step.Which}", $"b{step.Which}");
        Allowed = 0;
        switch (step.Happening)
        {
            case SeatHappening.Join when _instances.Add(instance):
                Settle();
                Allowed = Held(instance) + Excess(_instances.Count - 1);
                return;
            case SeatHappening.Leave when _instances.Remove(instance):
                Allowed = Held(instance);
                break;
            case SeatHappening.BrokerComes when _brokers.TryAdd(broker, step.Seats):
                Allowed = step.Seats;
                break;
            case SeatHappening.BrokerGoes when _brokers.Remove(broker, out var seats):
                Allowed = seats;
                break;
        }

        Settle();
    }

    /// <summary>It is there again, with no seat; nothing is assigned yet.</summary>
    public void ComeBack(int which) => _instances.Add($"i{which}");

    public void Settle()
    {
        var before = Seats();
        var after = SeatAssignment.Of(Live(), before);
        Moved = before.Count(seat => seat.Value is { } holder && after[seat.Key] != holder);
        Placed = before.Count(seat => seat.Value is null && after.ContainsKey(seat.Key));
        _holders = before.ToDictionary(seat => seat.Key, seat => after.GetValueOrDefault(seat.Key));
    }

    public void AssertEven()
    {
        var loads = _instances.Select(Held).ToList();
        Assert.That(_holders.Values, _instances.Count == 0 ? Is.All.Null : Has.None.Null);
        Assert.That(loads.DefaultIfEmpty().Max() - loads.DefaultIfEmpty().Min(), Is.LessThanOrEqualTo(1));
    }

    public void AssertSpread()
    {
        foreach (var (broker, seats) in _brokers)
        {
            foreach (var instance in _instances)
            {
                var held = _holders.Count(seat => seat.Key.Broker == broker && seat.Value == instance);
                Assert.That(held, Is.LessThanOrEqualTo((seats + _instances.Count - 1) / _instances.Count));
            }
        }
    }

    /// <summary>Nothing moves when nothing has happened, in whatever order an instance sees the others.</summary>
    public void AssertAtRest()
    {
        var held = _holders.Where(seat => seat.Value is not null).ToDictionary(seat => seat.Key, seat => seat.Value!);
        Assert.That(SeatAssignment.Of(Live().Reverse(), Seats()), Is.EquivalentTo(held));
    }

    // Seats above the caps that one more instance brings: they had to be together before.
    private int Excess(int before) =>
        before == 0
            ? 0
            : _brokers.Values.Sum(seats =>
                (seats + before - 1) / before - (seats + before) / (before + 1) > 0 ? before : 0
            );

    private int Held(string instance) => _holders.Count(seat => seat.Value == instance);

    private Dictionary<SeatId, string?> Seats() =>
        _brokers
            .SelectMany(broker => Enumerable.Range(0, broker.Value).Select(number => new SeatId(broker.Key, number)))
            .ToDictionary(
                seat => seat,
                seat => _holders.GetValueOrDefault(seat) is { } holder && _instances.Contains(holder) ? holder : null
            );

    private IEnumerable<LiveInstance> Live() =>
        _instances.Select(name => new LiveInstance(
            name,
            "",
            _brokers.Keys.ToImmutableHashSet(),
            ImmutableHashSet<string>.Empty
        ));
}
