using System.Text;
using Kalinka.Common.ZooKeeper;
using Kalinka.Tests.Integration.EndToEnd;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Integration.Seats;

/// <summary>
/// Two instances are restarted in turn with another configuration, while devices go on sending. What the old one had
/// subscribed or left behind is neither lost nor forgotten at the broker.
/// </summary>
[TestFixture]
public sealed class ChangedConfigurationTests
{
    private const string One = "pub-1";
    private const string Two = "pub-2";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private Landscape _landscape = null!;
    private ZooKeeperClient _client = null!;
    private SeatStack _stack = null!;
    private SeatLoad _load = null!;

    [OneTimeSetUp]
    public async Task StartServers()
    {
        _landscape = await Landscape.StartAsync();
        _client = new ZooKeeperClient(
            _landscape.ZooKeeper.Options("/kalinka"),
            TimeProvider.System,
            NullLogger.Instance
        );
        _client.Start();
        await SeatLoad.PrepareAsync(_landscape);
    }

    [OneTimeTearDown]
    public async Task StopServers()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }

        if (_landscape is not null)
        {
            await _landscape.DisposeAsync();
        }
    }

    [SetUp]
    public async Task Begin()
    {
        _stack = new SeatStack(_landscape, seatsPerBroker: 2);
        await _stack.EnsureAsync(One, Two);
        await _stack.EvenAsync(Soon, One, Two);
        _load = await SeatLoad.StartAsync(_landscape, TestContext.CurrentContext.Test.ID);
    }

    [TearDown]
    public async Task End()
    {
        await _load.DisposeAsync();
        if (TestContext.CurrentContext.Result.FailCount > 0)
        {
            TestContext.Out.WriteLine(await _stack.OutputsAsync());
        }

        await _stack.DisposeAsync();
    }

    [Test]
    public async Task Another_share_name_and_other_rules_lose_nothing_and_leave_no_filter_behind()
    {
        _stack.Settings["KALINKA_Mqtt__ShareName"] = "other";
        _stack.Settings["KALINKA_Mapping__Rules__1__From"] = "mqtt/{src}/{system}/+";
        await RestartInTurnAsync();

        await Eventually.That(
            () => Shared("b1").SetEquals(["$share/other/mqtt/+/mqtt/+/pub", "$share/other/mqtt/+/+/+"]),
            Soon,
            "the records name today's filters only"
        );
        await AssertNothingLostAsync();
    }

    [Test]
    public async Task Fewer_seats_lose_nothing_and_the_session_too_many_is_ended()
    {
        _stack.Settings["KALINKA_Mqtt__Seats"] = "1";
        _stack.Seats = 1;
        await RestartInTurnAsync();

        await RetiredAsync("kalinka-pub-b1-1", "kalinka-pub-b2-1");
        await AssertNothingLostAsync();
    }

    [Test]
    public async Task Another_prefix_loses_nothing_and_the_sessions_of_the_old_one_are_ended()
    {
        _stack.Settings["KALINKA_Mqtt__ClientId"] = "other";
        await RestartInTurnAsync();

        await RetiredAsync("kalinka-pub-b1-0", "kalinka-pub-b1-1", "kalinka-pub-b2-0", "kalinka-pub-b2-1");
        await AssertNothingLostAsync();
    }

    // While one is still configured as before, nothing is retired: it would be under its hands.
    private async Task RestartInTurnAsync()
    {
        await _stack.StopAsync(One);
        await _stack.EnsureAsync(One);
        await _load.GoOnAsync(TimeSpan.FromSeconds(2));
        Assert.That(_stack.Counter(One, "kalinka_pub_sessions_retired"), Is.Zero);
        await _stack.StopAsync(Two);
        await _stack.EnsureAsync(Two);
    }

    private async Task RetiredAsync(params string[] clientIds)
    {
        await Eventually.That(() => !clientIds.Intersect(Sessions()).Any(), Soon, "their records are gone");
        foreach (var clientId in clientIds)
        {
            var broker = _landscape.Brokers[clientId.Contains("-b1-", StringComparison.Ordinal) ? 0 : 1];
            Assert.That(await SeatStack.ExistsAsync(broker, clientId), Is.False, $"{clientId} has ended");
        }

        var retired =
            _stack.Counter(One, "kalinka_pub_sessions_retired") + _stack.Counter(Two, "kalinka_pub_sessions_retired");
        Assert.That(retired, Is.EqualTo(clientIds.Length));
    }

    private async Task AssertNothingLostAsync()
    {
        var ledger = await _load.SettleAsync();
        TestContext.Out.WriteLine($"{ledger.Sent} sent, 0 lost, {ledger.Repeated} repeated");
    }

    private IEnumerable<string> Sessions() => Children("b1").Concat(Children("b2"));

    private string[] Children(string broker) =>
        _client.GetChildrenAsync($"/sessions/{broker}").GetAwaiter().GetResult();

    // Of all recorded sessions of a broker, without those of what the seats observe.
    private HashSet<string> Shared(string broker) =>
        [
            .. Children(broker)
                .Select(clientId => _client.FindDataAsync($"/sessions/{broker}/{clientId}").GetAwaiter().GetResult())
                .SelectMany(znode => Encoding.UTF8.GetString(znode?.Data ?? []).Split('\n'))
                .Where(filter => filter.StartsWith("$share/", StringComparison.Ordinal)),
        ];
}
