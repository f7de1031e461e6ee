using Kalinka.Common.Delivery;
using Kalinka.Pub.Producing;

namespace Kalinka.Tests.Pub.Producing;

[TestFixture]
public sealed class ProduceTokenTests
{
    [TestCase(0, 0)]
    [TestCase(0x7FFE, 0xFFFF_FFFF_FFFFL)]
    [TestCase(1, 4_294_967_296L)]
    public void A_token_names_its_lane_and_its_ticket(int lane, long ticket)
    {
        var token = ProduceToken.For(lane, ticket);

        Assert.That((ProduceToken.Lane(token), ProduceToken.Ticket(token)), Is.EqualTo((lane, ticket)));
        Assert.That(token, Is.Not.Negative);
    }

    [TestCase(0)]
    [TestCase(int.MaxValue)]
    public void A_token_of_QoS_0_bears_its_size_and_no_lane(int size)
    {
        var token = ProduceToken.ForQos0(size);

        Assert.That(ProduceToken.Lane(token), Is.EqualTo(ProduceToken.MaximumLanes));
        Assert.That(ProduceToken.Qos0Size(token), Is.EqualTo(size));
        Assert.That(new LaneTable(new ByteBudget(1)).Find(token), Is.Null);
    }

    [Test]
    public void A_lane_is_found_by_its_tokens()
    {
        var lanes = new LaneTable(new ByteBudget(1));
        var (first, second) = (lanes.Add(1), lanes.Add(1));

        Assert.That(lanes.Find(ProduceToken.For(first.Number, 9)), Is.SameAs(first));
        Assert.That(lanes.Find(ProduceToken.For(second.Number, 9)), Is.SameAs(second));
    }
}
