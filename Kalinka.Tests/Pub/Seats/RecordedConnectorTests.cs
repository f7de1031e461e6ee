using System.Net;
using Kalinka.Common.Mqtt;
using Kalinka.Common.ZooKeeper;
using Kalinka.Pub.Seats;
using Kalinka.QuickStart.ZooKeeper;
using Kalinka.Tests.Pub.Intake;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Pub.Seats;

/// <summary>What a session is subscribed to is written down, and what it no longer needs is unsubscribed.</summary>
[TestFixture, CancelAfter(30_000)]
public sealed class RecordedConnectorTests
{
    private static readonly MqttConnectOptions Options = new(
        new BrokerOptions("b1", "127.0.0.1", 1883, MqttVersion.V5, null, null, null),
        "kalinka-pub-b1-0",
        CleanStart: false,
        TimeSpan.FromDays(1),
        ReceiveMaximum: 100,
        TimeSpan.FromSeconds(30),
        TimeSpan.FromSeconds(10)
    );

    private MemoryZooKeeper _server = null!;
    private ZooKeeperClient _client = null!;
    private SessionRecords _records = null!;
    private FakeConnector _inner = null!;
    private FakeConnection _connection = null!;
    private RecordedConnector _connector = null!;

    [SetUp]
    public async Task Start()
    {
        _server = MemoryZooKeeper.Start(IPAddress.Loopback, 0);
        var options = new ZooKeeperOptions(
            $"127.0.0.1:{_server.Port}",
            TimeSpan.FromSeconds(4),
            null,
            null,
            "/c",
            true
        );
        _client = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        _client.Start();
        await Eventually.That(() => _client.State == KeeperState.Connected, TimeSpan.FromSeconds(10), "connected");
        _records = new SessionRecords(_client);
        _inner = new FakeConnector();
        _connection = new FakeConnection();
        _inner.Prepared.Enqueue(_connection);
        _connector = new RecordedConnector(_inner, _records, TimeProvider.System, NullLogger.Instance);
    }

    [TearDown]
    public async Task Stop()
    {
        await _connection.DisposeAsync();
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task A_filter_stands_in_the_record_before_it_is_subscribed(CancellationToken deadline)
    {
        IReadOnlyList<string> recorded = [];
        _connection.OnSubscribe = _ =>
        {
            recorded = ReadAsync(deadline).GetAwaiter().GetResult();
            return MqttReasonCode.GrantedQos1;
        };
        await using var connection = await ConnectAsync(deadline);

        await connection.SubscribeAsync(new MqttSubscription("a", 1), deadline);

        Assert.That(recorded, Is.EqualTo(["a"]));
    }

    [Test]
    public async Task What_only_the_record_has_is_unsubscribed_behind_the_others(CancellationToken deadline)
    {
        await _records.WriteAsync("b1", Options.ClientId, ["old", "a"], deadline);
        await using var connection = await ConnectAsync(deadline);
        await connection.SubscribeAsync(new MqttSubscription("a", 1), deadline);
        await connection.SubscribeAsync(new MqttSubscription("b", 1), deadline);
        Assert.That(_connection.Unsubscribed, Is.Empty);

        await _connector.TidyAsync(Options, deadline);

        Assert.That(_connection.Unsubscribed, Is.EqualTo(["old"]));
        Assert.That(await ReadAsync(deadline), Is.EqualTo(["a", "b"]));
    }

    [Test]
    public async Task A_filter_that_the_broker_refuses_does_not_stay_in_the_record(CancellationToken deadline)
    {
        _connection.OnSubscribe = _ => MqttReasonCode.NotAuthorized;
        await using var connection = await ConnectAsync(deadline);

        await connection.SubscribeAsync(new MqttSubscription("a", 1), deadline);
        await _connector.TidyAsync(Options, deadline);

        Assert.That(await ReadAsync(deadline), Is.Empty);
    }

    [Test]
    public async Task A_record_that_was_lost_is_written_again(CancellationToken deadline)
    {
        await using var connection = await ConnectAsync(deadline);
        await connection.SubscribeAsync(new MqttSubscription("a", 1), deadline);
        await _connector.TidyAsync(Options, deadline);
        await _records.DeleteAsync("b1", Options.ClientId, deadline);

        await _connector.TidyAsync(Options, deadline);

        Assert.That(await ReadAsync(deadline), Is.EqualTo(["a"]));
        Assert.That(_connection.Unsubscribed, Is.Empty);
    }

    [Test]
    public async Task While_ZooKeeper_is_away_the_seat_is_served_without_it(CancellationToken deadline)
    {
        await _server.DisposeAsync();
        await Eventually.That(() => !_records.Reachable, TimeSpan.FromSeconds(10), "noticed");
        await using var connection = await ConnectAsync(deadline);

        await connection.SubscribeAsync(new MqttSubscription("a", 1), deadline);
        await _connector.TidyAsync(Options, deadline);

        Assert.That(_connection.Subscribed, Is.EqualTo(["a"]));
        Assert.That(_connection.Unsubscribed, Is.Empty);
    }

    [Test]
    public async Task When_ZooKeeper_is_back_the_record_is_written_under_the_living_connection(
        CancellationToken deadline
    )
    {
        var port = _server.Port;
        await _server.DisposeAsync();
        await Eventually.That(() => !_records.Reachable, TimeSpan.FromSeconds(10), "noticed");
        await using var connection = await ConnectAsync(deadline);
        await connection.SubscribeAsync(new MqttSubscription("a", 1), deadline);
        await _connector.TidyAsync(Options, deadline);

        _server = MemoryZooKeeper.Start(IPAddress.Loopback, port);
        await Eventually.That(() => _records.Reachable, TimeSpan.FromSeconds(10), "back");
        await Eventually.That(() => Recorded().SequenceEqual(["a"]), TimeSpan.FromSeconds(10), "written");

        string[] Recorded() => [.. ReadAsync(deadline).GetAwaiter().GetResult()];
    }

    [TestCase("a\nb/#", "a", "b/#")]
    [TestCase("""["a","b/#"]""", "a", "b/#")]
    [TestCase("[a", "[a")]
    [TestCase("")]
    public void A_record_is_lines_or_an_array(string data, params string[] filters) =>
        Assert.That(SessionRecords.Parse(System.Text.Encoding.UTF8.GetBytes(data)), Is.EqualTo(filters));

    private Task<IMqttConnection> ConnectAsync(CancellationToken deadline) =>
        _connector.ConnectAsync(Options, new SilentHandler(), deadline);

    private Task<IReadOnlyList<string>> ReadAsync(CancellationToken deadline) =>
        _records.ReadAsync("b1", Options.ClientId, deadline);

    private sealed class SilentHandler : IMqttConnectionHandler
    {
        public void OnPublish(in IncomingPublish publish) { }

        public void OnPublishOutcome(long token, PublishOutcome outcome, MqttReasonCode reason) { }
    }
}
