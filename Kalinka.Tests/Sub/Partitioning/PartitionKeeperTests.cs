using Kalinka.Common.Brokers;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Sub;
using Kalinka.Sub.Partitioning;
using Kalinka.Tests.Stack;
using Kalinka.Tests.Sub.Pipeline;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Sub.Partitioning;

internal sealed class PartitionKeeperTests
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(20);

    private FakePartitions _register = null!;
    private FakeDeadLetterTopic _cluster = null!;

    [SetUp]
    public void SetUp()
    {
        _register = new FakePartitions();
        _cluster = new FakeDeadLetterTopic(null!) { MayProvide = true };
    }

    [TearDown]
    public void TearDown() => _cluster.Dispose();

    [Test]
    public async Task The_topic_is_made_with_a_partition_for_each_broker_and_each_gets_its_own()
    {
        await Run(Keeper(), ["b1", "b2", "b3"]);
        Assert.That(_cluster.DeliveryPartitions, Is.EqualTo(3));
        Assert.That(_register.Assigned.Values.Order(), Is.EqualTo(new[] { 0, 1, 2 }));
    }

    [Test]
    public async Task What_is_assigned_stays_and_a_new_broker_gets_one_more()
    {
        _cluster.DeliveryPartitions = 3;
        _register.Assigned["b1"] = 2;
        _register.Assigned["b2"] = 0;
        _register.Assigned["b3"] = 1;
        var keeper = Keeper();
        keeper.Take(
            new RosterChange(RosterChangeKind.Added, new RosterEntry(Broker("b4"), RosterState.InService, true))
        );
        await Run(keeper, ["b1", "b2", "b3", "b4"]);
        Assert.That(_cluster.DeliveryPartitions, Is.EqualTo(4));
        Assert.That(_register.Assigned["b1"], Is.EqualTo(2));
        Assert.That(_register.Assigned["b4"], Is.EqualTo(3));
    }

    [Test]
    public async Task Fewer_partitions_than_brokers_are_shared_evenly()
    {
        _cluster.DeliveryPartitions = 2;
        await Run(Keeper(mayCreate: false), ["b1", "b2", "b3"]);
        Assert.That(_register.Assigned.Values.Order(), Is.EqualTo(new[] { 0, 0, 1 }));
    }

    [TestCase(12, 8, true, "say 12")]
    [TestCase(12, 8, false, "say 12")]
    [TestCase(4, 8, false, "add partitions, or say 4")]
    public async Task A_count_that_contradicts_the_configuration_ends_the_start(
        int there,
        int configured,
        bool mayCreate,
        string told
    )
    {
        _cluster.DeliveryPartitions = there;
        var failure = await Assert.ThrowsAsync<KafkaFailureException>(() =>
            Keeper(mayCreate, configured).RunAsync(CancellationToken.None)
        );
        Assert.That(failure!.Message, Does.Contain(told));
    }

    [Test]
    public async Task A_topic_that_may_not_be_made_is_complained_of()
    {
        var keeper = Keeper(mayCreate: false);
        using var stopping = new CancellationTokenSource();
        var running = keeper.RunAsync(stopping.Token);
        await Eventually.That(() => keeper.Complaint is not null, Within, "the complaint");
        Assert.That(keeper.Complaint, Does.Contain("does not exist: make it with 3 partitions"));
        await stopping.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task Run(PartitionKeeper keeper, string[] brokers)
    {
        using var stopping = new CancellationTokenSource();
        var running = keeper.RunAsync(stopping.Token);
        await Eventually.That(() => brokers.All(_register.Assigned.ContainsKey), Within, "a partition for each");
        await stopping.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private PartitionKeeper Keeper(bool mayCreate = true, int? configured = null) =>
        new(
            SubOptionsFor.Tests.Delivery with
            {
                Mode = DeliveryMode.Partitioned,
                Partitions = configured,
            },
            mayCreate,
            [Broker("b1"), Broker("b2"), Broker("b3")],
            _cluster,
            _register,
            TimeProvider.System,
            NullLogger<PartitionKeeper>.Instance
        );

    private static BrokerOptions Broker(string name) => new(name, "h", 1, MqttVersion.V5, null, null, null);
}
