using Kalinka.Pub.Seats;

namespace Kalinka.Tests.Pub.Seats;

[TestFixture]
public sealed class RetirementRulesTests
{
    private static readonly string[] Configured = ["k-b1-0", "k-b1-1"];

    [Test]
    public void What_is_configured_is_never_retired() => Assert.That(Unused(Configured), Is.Empty);

    [Test]
    public void Seats_that_are_too_many_and_other_prefixes_are() =>
        Assert.That(Unused(["k-b1-0", "k-b1-2", "old-b1-0"]), Is.EqualTo(["k-b1-2", "old-b1-0"]));

    [Test]
    public void A_session_whose_seat_somebody_holds_beyond_ours_is_left_alone() =>
        Assert.That(Unused(["k-b1-2", "k-b1-3"], 2), Is.EqualTo(["k-b1-3"]));

    [TestCase("k-b1-12", 12)]
    [TestCase("k-b1-", null)]
    [TestCase("12", 12)]
    [TestCase("k-b1-x", null)]
    [TestCase("", null)]
    public void The_seat_is_the_number_at_the_end(string clientId, int? seat) =>
        Assert.That(RetirementRules.SeatOf(clientId), Is.EqualTo(seat));

    private static IEnumerable<string> Unused(string[] sessions, params int[] heldBeyond) =>
        RetirementRules.Unused(sessions, Configured, heldBeyond.ToHashSet());
}
