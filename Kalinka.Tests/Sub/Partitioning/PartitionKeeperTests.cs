using System.Collections.Concurrent;
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
    private ConcurrentBag<string> _refused = null!;

    [SetUp]
    public void SetUp()
    {
        _refused = [];
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

    [Test]
    public async Task A_name_that_is_no_brokers_gets_a_partition_of_its_own_and_the_topic_one_more()
    {
        var keeper = Keeper();
        keeper.Ask("b99");
        await Run(keeper, ["b1", "b2", "b3", "b99"]);
        Assert.That(_cluster.DeliveryPartitions, Is.EqualTo(4));
        Assert.That(_register.Assigned["b99"], Is.EqualTo(3));
        Assert.That(_refused, Is.Empty);
    }

    [Test]
    public async Task A_broker_that_comes_does_not_get_the_partition_of_such_a_name()
    {
        _cluster.DeliveryPartitions = 4;
        _register.Assigned["b99"] = 3;
        var keeper = Keeper();
        keeper.Take(Added("b99", RosterState.Unknown, 3));
        keeper.Take(Added("b4", RosterState.InService));
        await Run(keeper, ["b1", "b2", "b3", "b4"]);
        Assert.That(_register.Assigned["b4"], Is.EqualTo(4));
    }

    [TestCase("no/name", false, null)]
    [TestCase("b99", true, null)]
    [TestCase("b99", false, 3)]
    [TestCase("b99", false, null, false)]
    public async Task A_name_is_refused_that_is_illegal_too_many_or_would_stand_still_with_a_broker(
        string name,
        bool others,
        int? configured,
        bool mayCreate = true
    )
    {
        _cluster.DeliveryPartitions = 3;
        for (var number = 0; others && number < UnknownPartitions.Most; number++)
        {
            _register.Assigned[$"other{number}"] = 3 + number;
        }

        var keeper = Keeper(mayCreate, configured);
        keeper.Ask(name);
        await Run(keeper, ["b1", "b2", "b3"], () => _refused.Contains(name));
        Assert.That(_register.Assigned.Keys, Has.None.EqualTo(name));
    }

    [Test]
    public async Task A_free_partition_is_given_where_the_number_is_configured()
    {
        _cluster.DeliveryPartitions = 5;
        var keeper = Keeper(configured: 5);
        keeper.Ask("b99");
        await Run(keeper, ["b1", "b2", "b3", "b99"]);
        Assert.That(_register.Assigned["b99"], Is.EqualTo(4));
        Assert.That(_cluster.DeliveryPartitions, Is.EqualTo(5));
    }

    [Test]
    public async Task A_broker_whose_znode_was_written_anew_gets_back_the_partition_that_it_had()
    {
        _cluster.DeliveryPartitions = 9;
        _register.Assigned["b99"] = 7;
        var keeper = Keeper();
        keeper.Take(Added("b99", RosterState.Unknown, 7));
        _register.Assigned.Clear();
        keeper.Take(Added("b99", RosterState.InService));
        await Run(keeper, ["b1", "b2", "b3", "b99"]);
        Assert.That(_register.Assigned["b99"], Is.EqualTo(7));
    }

    private static RosterChange Added(string name, RosterState state, int? partition = null) =>
        new(RosterChangeKind.Added, new RosterEntry(Broker(name), state, true, partition));

    private async Task Run(PartitionKeeper keeper, string[] brokers, Func<bool>? until = null)
    {
        using var stopping = new CancellationTokenSource();
        var running = keeper.RunAsync(stopping.Token);
        await Eventually.That(() => brokers.All(_register.Assigned.ContainsKey), Within, "a partition for each");
        await Eventually.That(until ?? (() => true), Within, "what else was asked for");
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
            NullLogger<PartitionKeeper>.Instance,
            _refused.Add
        );

    private static BrokerOptions Broker(string name) => new(name, "h", 1, MqttVersion.V5, null, null, null);
}
