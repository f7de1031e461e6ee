using Kalinka.Common.Brokers;
using Kalinka.Common.Mqtt;
using Kalinka.Sub;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>The directory names a broker that nobody has configured or announced.</summary>
[TestFixture(DeliveryMode.Direct)]
[TestFixture(DeliveryMode.Partitioned)]
internal sealed class UnknownBrokerTests(DeliveryMode mode)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BrokerWait = TimeSpan.FromSeconds(32);

    private readonly List<string> _asked = [];
    private SubBench _bench = null!;

    [SetUp]
    public void SetUp()
    {
        _asked.Clear();
        _bench = new SubBench(o => o with { Delivery = o.Delivery with { Mode = mode } });
        _bench.Stages.UnknownBrokers.AskBy(_asked.Add);
        _bench.Partition(4);
        _bench.Answer(0, 0, 0, 0);
        _bench.Directory.Move("c", "b99");
        _bench.Directory.Move("d", "b1");
    }

    [TearDown]
    public void TearDown() => _bench.Dispose();

    [Test]
    public void After_BrokerWait_its_records_go_into_a_partition_and_nobody_else_waits()
    {
        var b1 = _bench.Connect("b1", answer: MqttReasonCode.Success);
        var application = _bench.Assign();
        _bench.Feed(application, "c", "1");
        _bench.Feed(application, "c", "2");
        _bench.Feed(application, "d", "3");
        _bench.Pass(Second);
        Assert.That(_asked, Is.Empty, "not before BrokerWait: a broker may be about to come");
        Assert.That(Shown(), Is.EqualTo("b99"));

        _bench.Pass(BrokerWait);
        Assert.That(_asked, Is.Not.Empty.And.All.EqualTo("b99"));
        Assert.That(_bench.DeadLetters, Is.Empty);
        _bench.TellUnknown("b99", partition: 3);
        _bench.Pass(Second);
        Assert.That(
            _bench.Relayed.Where(record => record.Partition == 3).Select(record => record.Value),
            Is.EqualTo(new[] { "1", "2" })
        );
        Assert.That(_bench.StoredOf(application), Is.EqualTo(3));
        Assert.That(b1.Received, Has.Count.EqualTo(mode == DeliveryMode.Direct ? 1 : 0));
        Assert.That(_bench.DeadLetters, Is.Empty);
    }

    [Test]
    public void What_gets_no_partition_is_a_dead_letter_and_is_asked_for_again_a_minute_later()
    {
        var application = _bench.Assign();
        _bench.Feed(application, "c", "1");
        _bench.Pass(BrokerWait);
        _bench.Stages.Inbox.Post(() => _bench.Stages.UnknownBrokers.Refuse("b99"));
        _bench.Pass(Second);
        Assert.That(_bench.DeadLetters.Single().Reason, Does.Contain("b99").And.Contain("no partition to wait in"));
        Assert.That(_bench.Counters["dead letters: unreachable"], Is.EqualTo(1));

        _asked.Clear();
        _bench.Feed(application, "c", "2");
        _bench.Pass(Second);
        Assert.That(_bench.DeadLetters, Has.Count.EqualTo(2));
        Assert.That(_asked, Is.Empty);
        _bench.Pass(TimeSpan.FromMinutes(1));
        _bench.Feed(application, "c", "3");
        _bench.Pass(Second);
        Assert.That(_asked, Is.Not.Empty);
        Assert.That(_bench.DeadLetters, Has.Count.EqualTo(2));
    }

    [Test]
    public void What_waits_there_is_looked_at_in_its_partition_and_follows_its_client_to_a_broker()
    {
        _bench.TellUnknown("b99", partition: 3);
        var b1 = _bench.Connect("b1", answer: MqttReasonCode.Success);
        var delivery = _bench.AssignDelivery(3);
        _bench.FeedRelayed(delivery, "c", "1", "in/0/1");
        _bench.FeedRelayed(delivery, "c", "2", "in/0/2");
        _bench.Answer(0, 0, 0, 2);
        _bench.Pass(TimeSpan.FromMinutes(10));
        Assert.That(_bench.StoredOf(delivery), Is.EqualTo(-1));
        Assert.That(_bench.DeadLetters, Is.Empty);
        Assert.That(Shown(), Is.EqualTo("b99"));

        _bench.Directory.Move("c", "b1");
        _bench.Pass(Second);
        var followed =
            mode == DeliveryMode.Direct ? b1.Received.Select(m => m.Payload) : _bench.Relayed.Select(r => r.Value);
        Assert.That(followed, Is.EqualTo(new[] { "1", "2" }));
        Assert.That(_bench.StoredOf(delivery), Is.EqualTo(2));
        _bench.Answer(0, 0, 0, 0);
        Assert.That(Shown(), Is.Empty);
    }

    [Test]
    public void What_waits_there_goes_on_waiting_when_it_is_announced_where_this_instance_may_not_connect()
    {
        _bench.TellUnknown("b99", partition: 3);
        _bench.Tell("b99", RosterState.Refused, partition: 3);
        var delivery = _bench.AssignDelivery(3);
        _bench.FeedRelayed(delivery, "c", "1", "in/0/1");
        var application = _bench.Assign();
        _bench.Feed(application, "c", "2");
        _bench.Answer(0, 0, 0, 1);
        _bench.Pass(BrokerWait);
        _bench.Pass(TimeSpan.FromMinutes(1));

        Assert.That(_bench.DeadLetters, Is.Empty);
        Assert.That(_bench.StoredOf(delivery), Is.EqualTo(-1));
        Assert.That(_bench.Relayed.Select(record => (record.Partition, record.Value)), Is.EqualTo([(3, "2")]));
    }

    private string Shown() =>
        string.Join(' ', new UnknownReport(_bench.Stages).Brokers().Select(broker => broker.Name));
}
