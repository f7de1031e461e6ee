using System.Text;
using Kalinka.Common.Instances;
using Kalinka.Pub.Seats;

namespace Kalinka.Tests.Pub.Seats;

[TestFixture]
public sealed class InstanceTableTests
{
    [Test]
    public void It_knows_since_when_an_instance_has_been_able_without_a_break()
    {
        var table = InstanceTable.Empty.Then([Read("i1", 1, "b1")], 10).Then([Read("i1", 1, "b1", "b2")], 20);
        Assert.That((table.AbleSince("i1", "b1"), table.AbleSince("i1", "b2")), Is.EqualTo((10L, 20L)));

        table = table.Then([Read("i1", 1, "b2")], 30).Then([Read("i1", 1, "b1", "b2")], 40);
        Assert.That(table.AbleSince("i1", "b1"), Is.EqualTo(40L));
        Assert.That(table.AbleSince("i2", "b1"), Is.Null);
    }

    [Test]
    public void Who_comes_goes_or_comes_again_changes_it_and_a_new_report_does_not()
    {
        var table = InstanceTable.Empty.Then([Read("i1", 1)], 10);
        Assert.That(table.Then([Read("i1", 1, "b1")], 20).ChangedAt, Is.EqualTo(10));
        Assert.That(table.Then([Read("i1", 1), Read("i2", 2)], 20).ChangedAt, Is.EqualTo(20));
        Assert.That(table.Then([], 20).ChangedAt, Is.EqualTo(20));

        var again = table.Then([Read("i1", 7)], 20);
        Assert.That(again.ChangedAt, Is.EqualTo(20));
    }

    [Test]
    public void One_whose_Kafka_is_away_can_serve_nothing()
    {
        var report = new InstanceReport("1", "c", KafkaReachable: false, BrokersReached: ["b1"]);

        Assert.That(InstanceTable.Empty.Then([new("i1", 1, report)], 1).AbleSince("i1", "b1"), Is.Null);
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("no json")]
    [TestCase("""{"brokersReached":7}""")]
    [TestCase("{}")]
    public void One_that_says_nothing_readable_is_there_and_can_serve_nothing(string json)
    {
        var read = new ShownInstance("i1", 1, InstanceReport.TryParse(Encoding.UTF8.GetBytes(json)));
        var table = InstanceTable.Empty.Then([read], 1);

        Assert.That(table.Live.Single(), Has.Property("Name").EqualTo("i1"));
        Assert.That(table.Live.Single().Able, Is.Empty);
        Assert.That(table.Live.Single().Unable, Is.Empty);
    }

    [Test]
    public void What_an_instance_writes_another_reads()
    {
        var report = new InstanceReport("1", "c", true, ["b1"]) { BrokersUnable = ["b2"] };

        var live = InstanceTable.Empty.Then([new("i1", 1, InstanceReport.TryParse(report.ToJson()))], 1).Live.Single();

        Assert.That((live.Able.Single(), live.Unable.Single(), live.Configuration), Is.EqualTo(("b1", "b2", "c")));
    }

    [Test]
    public void Different_configurations_are_seen()
    {
        var one = InstanceTable.Empty.Then([Read("i1", 1), Read("i2", 2)], 1);
        Assert.That(one.ConfiguredAlike, Is.True);

        var other = new ShownInstance("i3", 3, new InstanceReport("1", "other", true, []));
        Assert.That(one.Then([Read("i1", 1), other], 2).ConfiguredAlike, Is.False);
    }

    private static ShownInstance Read(string name, long incarnation, params string[] reached) =>
        new(name, incarnation, new InstanceReport("1", "c", true, reached));
}
