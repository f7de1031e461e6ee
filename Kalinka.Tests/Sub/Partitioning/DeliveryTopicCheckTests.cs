using Kalinka.Common.Kafka;
using Kalinka.Sub;
using Kalinka.Sub.Partitioning;
using Kalinka.Tests.Sub.Pipeline;

namespace Kalinka.Tests.Sub.Partitioning;

/// <summary>What <c>check --connect</c> says of a delivery topic; the brokers are b1, b2 and old.</summary>
internal sealed class DeliveryTopicCheckTests
{
    private static readonly Dictionary<string, int> Assigned = new()
    {
        ["b1"] = 0,
        ["b2"] = 1,
        ["old"] = 2,
    };

    [Test]
    public void A_topic_as_it_must_be_is_ok() =>
        Assert.That(Judge(Topic(3), Assigned), Is.EqualTo((true, "3 partitions")));

    [Test]
    public void A_missing_topic_is_ok_where_it_may_be_made()
    {
        Assert.That(Judge(null, []), Is.EqualTo((true, "is not there yet, and will be made with 3 partitions")));
        var (ok, detail) = Judge(null, [], o => o with { Kafka = o.Kafka with { CreateTopics = TopicCreation.None } });
        Assert.That(ok, Is.False);
        Assert.That(detail, Does.Contain("make it with 3 partitions"));
    }

    [Test]
    public void Brokers_that_have_no_partition_or_share_one_are_told()
    {
        var (ok, detail) = Judge(Topic(2), new() { ["b1"] = 0, ["b9"] = 0 });
        Assert.That(ok);
        Assert.That(detail, Does.Contain("b2, old will be given one").And.Contain("1 of them stand for several"));
    }

    [TestCase(3, "compact", "1000000000", null, "cleanup.policy is compact and must be delete")]
    [TestCase(3, "compact,delete", "1000000000", null, "cleanup.policy is compact,delete and must be delete")]
    [TestCase(3, "delete", "3600000", null, "retention.ms is 3600000, less than Delivery:MaxAge")]
    [TestCase(2, "delete", "-1", null, "2 partitions, and old has partition 2")]
    [TestCase(5, "delete", "-1", 4, "cannot be taken away, so say 5")]
    public void What_is_wrong_is_told(int partitions, string policy, string retention, int? configured, string told)
    {
        var (ok, detail) = Judge(
            Topic(partitions, policy, retention),
            Assigned,
            o => o with { Delivery = o.Delivery with { Partitions = configured } }
        );
        Assert.That(ok, Is.False);
        Assert.That(detail, Does.Contain(told));
    }

    [Test]
    public void A_topic_that_may_not_be_looked_at_is_believed() =>
        Assert.That(
            Judge(new TopicFacts(3, new Dictionary<string, string>()), Assigned),
            Is.EqualTo((true, "3 partitions; its settings may not be looked at"))
        );

    private static TopicFacts Topic(int partitions, string policy = "delete", string retention = "-1") =>
        new(partitions, new Dictionary<string, string> { ["cleanup.policy"] = policy, ["retention.ms"] = retention });

    private static (bool Ok, string Detail) Judge(
        TopicFacts? facts,
        Dictionary<string, int> assigned,
        Func<SubOptions, SubOptions>? change = null
    ) => DeliveryTopicCheck.Judge((change ?? (same => same))(SubOptionsFor.Tests), facts, assigned);
}
