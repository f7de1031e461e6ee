using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Kalinka.Pub.Seats;

namespace Kalinka.Tests.Pub.Seats;

/// <summary>Who is to hold what, in examples and over random histories.</summary>
[TestFixture]
public sealed class SeatAssignmentTests
{
    [Test]
    public void Nobody_there_means_nobody_is_given_anything() =>
        Assert.That(SeatAssignment.Of([], Free(("b1", 2))), Is.Empty);

    [Test]
    public void The_seats_of_one_broker_are_on_different_instances()
    {
        var plan = SeatAssignment.Of(Able(["i1", "i2", "i3"], "b1", "b2"), Free(("b1", 3), ("b2", 2)));

        Assert.That(Of(plan, "b1"), Is.EquivalentTo(["i1", "i2", "i3"]));
        Assert.That(Of(plan, "b2"), Is.Unique);
    }

    [Test]
    public void A_broker_with_one_seat_has_one_holder_who_keeps_it()
    {
        var holders = Free(("b1", 1));
        holders[new SeatId("b1", 0)] = "i2";

        Assert.That(SeatAssignment.Of(Able(["i1", "i2"], "b1"), holders)[new SeatId("b1", 0)], Is.EqualTo("i2"));
    }

    [Test]
    public void Who_cannot_reach_a_broker_gets_none_of_its_seats()
    {
        LiveInstance[] instances = [.. Able(["i1"], "b1", "b2"), .. Able(["i2"], "b2")];

        var plan = SeatAssignment.Of(instances, Free(("b1", 2), ("b2", 1)));

        Assert.That(Of(plan, "b1"), Is.All.EqualTo("i1"));
        Assert.That(Of(plan, "b2"), Is.All.EqualTo("i2"));
    }

    [Test]
    public void One_that_fails_for_long_loses_its_seat_only_to_one_that_can()
    {
        var holders = Free(("b1", 1));
        var seat = new SeatId("b1", 0);
        holders[seat] = "i1";
        var failing = new LiveInstance("i1", "", [], ["b1"]);
        var unknowing = new LiveInstance("i2", "", [], []);

        Assert.That(SeatAssignment.Of([failing, unknowing], holders)[seat], Is.EqualTo("i1"));
        Assert.That(SeatAssignment.Of([failing, .. Able(["i2"], "b1")], holders)[seat], Is.EqualTo("i2"));
    }

    [Test]
    public void One_that_fails_for_a_moment_keeps_its_seat()
    {
        var holders = Free(("b1", 1));
        holders[new SeatId("b1", 0)] = "i1";
        LiveInstance[] instances = [new("i1", "", [], []), .. Able(["i2"], "b1")];

        Assert.That(SeatAssignment.Of(instances, holders)[new SeatId("b1", 0)], Is.EqualTo("i1"));
    }

    [Test]
    public void Where_nobody_can_serve_a_free_seat_somebody_is_to_try() =>
        Assert.That(
            SeatAssignment.Of([new("i1", "", [], ["b1"]), new("i2", "", [], [])], Free(("b1", 1)))[new("b1", 0)],
            Is.EqualTo("i2")
        );

    [Test]
    public void Who_leaves_has_its_followers_before_its_seats_are_free_and_they_stay_the_same_as_it_lets_go()
    {
        var holders = Free(("b1", 2), ("b2", 2), ("b3", 2));
        foreach (var seat in holders.Keys)
        {
            holders[seat] = "gone";
        }

        var followers = SeatAssignment.Of(Able(["i1", "i2"], "b1", "b2", "b3"), holders);
        Assert.That(followers.Values.Count(name => name == "i1"), Is.EqualTo(3));
        foreach (var seat in holders.Keys)
        {
            holders[seat] = followers[seat];
            Assert.That(SeatAssignment.Of(Able(["i1", "i2"], "b1", "b2", "b3"), holders), Is.EquivalentTo(followers));
        }
    }

    /// <summary>
    /// Whatever came and went: nobody has more than the share rounded up or less than rounded down, nobody more of a
    /// broker than its share rounded up, every seat is somebody's, all instances come to the same, and who is satisfied is
    /// left alone.
    /// </summary>
    [FsCheck.NUnit.Property(MaxTest = 300)]
    public Property It_is_even_spread_complete_and_at_rest_after_any_history() =>
        Prop.ForAll(
            Histories(),
            history =>
            {
                var world = new SeatWorld();
                foreach (var step in history)
                {
                    world.Do(step);
                    world.AssertEven();
                    world.AssertSpread();
                    world.AssertAtRest();
                }

                return true;
            }
        );

    /// <summary>
    /// The bounds on moves. A seat moves when a live holder has to give it up. Who comes draws no more than the seats that it
    /// ends with, and as many again as its coming lowers the caps of brokers; who goes moves no more seats of others than it
    /// had; a broker that comes or goes moves no more seats than it has.
    /// </summary>
    [FsCheck.NUnit.Property(MaxTest = 300)]
    public Property Few_seats_move_after_anything_that_happens() =>
        Prop.ForAll(
            Histories(),
            history =>
            {
                var world = new SeatWorld();
                foreach (var step in history)
                {
                    world.Do(step);
                    Assert.That(world.Moved, Is.LessThanOrEqualTo(world.Allowed), $"{step} in {history}");
                }

                return true;
            }
        );

    [Test]
    public void A_rolling_restart_moves_each_seat_twice_at_most_and_ends_even()
    {
        var world = new SeatWorld();
        world.Do(new SeatStep(SeatHappening.Join, 0, 0));
        world.Do(new SeatStep(SeatHappening.Join, 1, 0));
        world.Do(new SeatStep(SeatHappening.Join, 2, 0));
        Enumerable.Range(0, 6).ToList().ForEach(broker => world.Do(new(SeatHappening.BrokerComes, broker, 2)));
        var moves = 0;
        for (var number = 0; number < 3; number++)
        {
            world.Do(new SeatStep(SeatHappening.Leave, number, 0));
            moves += world.Placed + world.Moved;

            // It is back before the settle time is over: nothing is moved to it yet.
            world.ComeBack(number);
        }

        world.Settle();
        moves += world.Moved;
        Assert.That(moves, Is.LessThanOrEqualTo(2 * 12));
        world.AssertEven();
    }

    private static Arbitrary<SeatStep[]> Histories() =>
        (
            from happening in Gen.Elements(Enum.GetValues<SeatHappening>())
            from which in Gen.Choose(0, 6)
            from seats in Gen.Choose(1, 5)
            select new SeatStep(happening, which, seats)
        )
            .ArrayOf()
            .Resize(30)
            .ToArbitrary();

    private static IEnumerable<string> Of(IReadOnlyDictionary<SeatId, string> plan, string broker) =>
        plan.Where(seat => seat.Key.Broker == broker).Select(seat => seat.Value);

    private static LiveInstance[] Able(string[] names, params string[] brokers) =>
        [
            .. names.Select(name => new LiveInstance(
                name,
                "",
                brokers.ToImmutableHashSet(),
                ImmutableHashSet<string>.Empty
            )),
        ];

    private static Dictionary<SeatId, string?> Free(params (string Broker, int Seats)[] brokers) =>
        brokers
            .SelectMany(of => Enumerable.Range(0, of.Seats).Select(number => new SeatId(of.Broker, number)))
            .ToDictionary(seat => seat, _ => (string?)null);
}
