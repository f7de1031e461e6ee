using Kalinka.Sub.Deliveries;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Sub.Deliveries;

[TestFixture]
public sealed class GatheringTests
{
    private const int Many = 1_000;

    private readonly FakeTimeProvider _time = new();
    private Inbox _inbox = null!;
    private TurnClock _clock = null!;
    private Gathering _gathering = null!;

    [SetUp]
    public void Begin()
    {
        _inbox = new Inbox();
        _clock = new TurnClock(_time);
        _gathering = new Gathering(_inbox, _clock);
    }

    [TestCase(0, false)]
    [TestCase(Gathering.FewestInFlight - 1, false)]
    [TestCase(Gathering.FewestInFlight, true)]
    [TestCase(Many, true)]
    public void Outcomes_gather_only_while_many_are_awaited(int inFlight, bool gather)
    {
        _gathering.Judge(inFlight);
        Assert.That(_inbox.MayGather, Is.EqualTo(gather));
    }

    [Test]
    public void Once_few_are_awaited_they_are_heard_of_at_once_again()
    {
        _gathering.Judge(Many);
        _gathering.Judge(1);
        Assert.That(_inbox.MayGather, Is.False);
    }

    [Test]
    public void A_record_that_had_to_wait_for_outcomes_stops_the_gathering_for_a_while()
    {
        var delivery = new Delivery(0) { ArrivedMs = _clock.NowMs };
        Pass(Gathering.LateMs);
        _gathering.OnSent(delivery);
        _gathering.Judge(Many);
        Assert.That(_inbox.MayGather, Is.True, "not late yet");

        Pass(1);
        _gathering.OnSent(delivery);
        _gathering.Judge(Many);
        Assert.That(_inbox.MayGather, Is.False, "late");

        Pass(Gathering.HurryMs - 1);
        _gathering.Judge(Many);
        Assert.That(_inbox.MayGather, Is.False, "still hurrying");

        Pass(1);
        _gathering.Judge(Many);
        Assert.That(_inbox.MayGather, Is.True, "no record has been late since");
    }

    private void Pass(long milliseconds)
    {
        _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        _clock.Refresh();
    }
}
