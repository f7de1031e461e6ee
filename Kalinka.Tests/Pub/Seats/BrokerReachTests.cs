using Kalinka.Pub.Seats;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Pub.Seats;

/// <summary>What an instance says of a broker, by its seats there and by its looks.</summary>
[TestFixture]
public sealed class BrokerReachTests
{
    private static readonly TimeSpan ThirtySeconds = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();
    private BrokerReach _reach = null!;

    [SetUp]
    public void Begin() => _reach = new BrokerReach(_time);

    [Test]
    public void Before_the_first_look_nothing_is_known()
    {
        _reach.Note(kafka: true, holding: false, serving: false);

        Assert.That((_reach.Able, _reach.Unable, _reach.WantsLook), Is.EqualTo((false, false, true)));
    }

    [Test]
    public void A_look_that_succeeds_makes_it_able_while_Kafka_is_there()
    {
        _reach.Look(reached: true);
        _reach.Note(kafka: true, holding: false, serving: false);
        Assert.That(_reach.Able, Is.True);
        Assert.That(_reach.WantsLook, Is.False);

        _reach.Note(kafka: false, holding: false, serving: false);
        Assert.That(_reach.Able, Is.False);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.That(_reach.WantsLook, Is.True);
    }

    [Test]
    public void A_moment_without_the_connection_is_not_told_and_thirty_seconds_are()
    {
        Serve();
        _reach.Note(kafka: true, holding: true, serving: false);
        Assert.That((_reach.Able, _reach.Unable), Is.EqualTo((true, false)));

        _time.Advance(TimeSpan.FromSeconds(5));
        _reach.Note(kafka: true, holding: true, serving: false);
        Assert.That((_reach.Able, _reach.Unable), Is.EqualTo((false, false)));

        _time.Advance(TimeSpan.FromSeconds(25));
        Assert.That(_reach.Unable, Is.True);
        Serve();
        Assert.That((_reach.Able, _reach.Unable), Is.EqualTo((true, false)));
    }

    [Test]
    public void Kafka_away_for_thirty_seconds_makes_a_holder_unable()
    {
        Serve();
        _reach.Note(kafka: false, holding: true, serving: true);
        _time.Advance(ThirtySeconds);

        Assert.That(_reach.Unable, Is.True);
    }

    [Test]
    public void While_it_holds_a_seat_it_does_not_look()
    {
        Serve();
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.That(_reach.WantsLook, Is.False);
    }

    [Test]
    public void Looks_are_not_believed_for_a_while_after_a_seat_that_could_never_be_served()
    {
        FailWithASeat();
        Assert.That(AbleByALook(), Is.False);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.That(AbleByALook(), Is.True);

        FailWithASeat();
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.That(AbleByALook(), Is.False, "twice as long the second time");
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.That(AbleByALook(), Is.True);
    }

    [Test]
    public void One_that_had_served_and_lost_the_broker_believes_its_looks()
    {
        Serve();
        FailWithASeat();

        Assert.That(AbleByALook(), Is.True);
    }

    private void Serve() => _reach.Note(kafka: true, holding: true, serving: true);

    private void FailWithASeat()
    {
        _reach.Note(kafka: true, holding: true, serving: false);
        _time.Advance(ThirtySeconds);
        _reach.Note(kafka: true, holding: true, serving: false);
        _reach.Note(kafka: true, holding: false, serving: false);
    }

    private bool AbleByALook()
    {
        _reach.Look(reached: true);
        _reach.Note(kafka: true, holding: false, serving: false);
        return _reach.Able;
    }
}
