using Kalinka.Common.Brokers;
using Kalinka.Common.Mqtt;
using Kalinka.Sub.Partitioning;

namespace Kalinka.Tests.Sub.Partitioning;

internal sealed class PartitionChoiceTests
{
    [Test]
    public void Brokers_share_few_partitions_evenly()
    {
        var taken = new List<int>();
        for (var broker = 0; broker < 1000; broker++)
        {
            taken.Add(PartitionChoice.Next(taken, 48));
        }

        var shares = taken.CountBy(partition => partition).Select(share => share.Value).ToList();
        Assert.That(shares, Has.Count.EqualTo(48));
        Assert.That(shares.Max() - shares.Min(), Is.LessThanOrEqualTo(1));
    }

    [Test]
    public void A_gap_that_a_broker_left_is_filled_first() =>
        Assert.That(PartitionChoice.Next([0, 2, 3], 4), Is.EqualTo(1));

    [Test]
    public void A_partition_beyond_the_topic_does_not_count() =>
        Assert.That(PartitionChoice.Next([0, 17], 2), Is.EqualTo(1));

    [Test]
    public void One_partition_is_wanted_for_each_broker_and_none_is_taken_away()
    {
        Assert.That(PartitionChoice.Wanted([], null), Is.EqualTo(1));
        Assert.That(PartitionChoice.Wanted([Broker("b1"), Broker("b2")], null), Is.EqualTo(2));
        Assert.That(PartitionChoice.Wanted([Broker("b1"), Broker("b2", 6)], null), Is.EqualTo(7));
        Assert.That(PartitionChoice.Wanted([Broker("b1"), Broker("b2")], 1), Is.EqualTo(1));
        Assert.That(PartitionChoice.Wanted([Broker("b1", state: RosterState.Refused)], null), Is.EqualTo(1));
        Assert.That(
            PartitionChoice.Wanted([Broker("b1"), Broker("b2"), Broker("x", 0, RosterState.Unknown)], null),
            Is.EqualTo(3),
            "a broker does not share one with a name that is none"
        );
    }

    [Test]
    public void Only_brokers_in_service_that_have_none_get_one_in_the_order_of_their_names()
    {
        var brokers = new[]
        {
            Broker("b3"),
            Broker("b1"),
            Broker("b2", 0),
            Broker("b4", state: RosterState.Refused),
            Broker("b5", state: RosterState.Retired),
        };
        Assert.That(PartitionChoice.Unassigned(brokers), Is.EqualTo(new[] { "b1", "b3" }));
    }

    private static RosterEntry Broker(string name, int? partition = null, RosterState state = RosterState.InService) =>
        new(new BrokerOptions(name, "h", 1, MqttVersion.V5, null, null, null), state, false, partition);
}
