using System.Globalization;
using Kalinka.Tests.Integration.EndToEnd;
using Kalinka.Tests.Stack;
using MQTTnet;
using MQTTnet.Formatter;

namespace Kalinka.Tests.Integration.Seats;

/// <summary>
/// One seat and two instances, each with a way of its own to the broker. Mosquitto 2.0.11 closes the connection that another
/// one takes over without saying so, in both versions of the protocol: two that both answered by connecting again would throw
/// each other out for ever.
/// </summary>
[TestFixture("3.1.1")]
[TestFixture("5.0")]
public sealed class ReconnectWarTests(string protocolVersion)
{
    private const string One = "pub-1";
    private const string Two = "pub-2";
    private const string ClientId = "kalinka-pub-b1-0";
    private const int Cuts = 3;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    // The first wait of a holder that cannot confirm its seat is over by then: whoever would fight has begun.
    private static readonly TimeSpan Quiet = (2 * SeatStack.SessionTimeout) + TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, TcpProxy> _ways = [];
    private Landscape _landscape = null!;
    private SeatStack _stack = null!;
    private SeatLoad _load = null!;

    private MosquittoBroker Broker => _landscape.Brokers[0];

    [OneTimeSetUp]
    public async Task StartServers()
    {
        _landscape = await Landscape.StartAsync(brokers: 1);
        await SeatLoad.PrepareAsync(_landscape);
        _stack = new SeatStack(_landscape, seatsPerBroker: 1);
        _stack.Settings["KALINKA_Mqtt__Brokers__0__ProtocolVersion"] = protocolVersion;
        foreach (var instance in new[] { One, Two })
        {
            _ways[instance] = new TcpProxy(Broker.Port);
            _stack.StartBehind(instance, _ways[instance]);
        }
    }

    [OneTimeTearDown]
    public async Task StopServers()
    {
        if (_stack is not null)
        {
            await _stack.DisposeAsync();
        }

        foreach (var way in _ways.Values)
        {
            await way.DisposeAsync();
        }

        if (_landscape is not null)
        {
            await _landscape.DisposeAsync();
        }
    }

    [SetUp]
    public async Task Begin()
    {
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
    }

    [Test]
    public async Task A_holder_whose_connection_is_cut_comes_back_once_and_keeps_its_seat()
    {
        var holder = Holder();
        var before = Connections();
        for (var cut = 1; cut <= Cuts; cut++)
        {
            _ways[holder].Cut();
            await Eventually.That(() => Connections() >= before + cut, Soon, "it is back");
            await _stack.EvenAsync(Soon, One, Two);
            await _load.GoOnAsync(TimeSpan.FromSeconds(1));
        }

        await _load.GoOnAsync(Quiet);
        Assert.That(Connections() - before, Is.EqualTo(Cuts), "connections, one for each cut");
        Assert.That(Holder(), Is.EqualTo(holder));
        await AssertNothingLostAsync();
    }

    [Test]
    public async Task A_holder_whose_session_is_taken_without_a_word_takes_it_back_once()
    {
        var holder = Holder();
        var before = Connections();
        using var thief = await StealAsync();
        await Eventually.That(() => Connections() >= before + 2, Soon, "it is back");
        await _load.GoOnAsync(Quiet);
        Assert.That(Connections() - before, Is.EqualTo(2), "connections, the thief's and the holder's");
        Assert.That(Holder(), Is.EqualTo(holder));
        await AssertNothingLostAsync();
    }

    [Test]
    public async Task A_holder_that_was_paused_and_wakes_does_not_fight_for_its_seat()
    {
        var paused = Holder();
        var other = paused == One ? Two : One;
        var before = Connections();
        var pauses = _stack.Counter(paused, "kalinka_pub_pauses");
        _stack[paused].Pause();
        await _stack.EvenAsync(Soon, other);
        await _load.GoOnAsync(TimeSpan.FromSeconds(1));

        _stack[paused].Continue();
        await Eventually.That(() => _stack.Counter(paused, "kalinka_pub_pauses") > pauses, Soon, "it notices");
        await _load.GoOnAsync(Quiet);
        Assert.That(Connections() - before, Is.EqualTo(1), "connections, the one that took over");
        Assert.That(Holder(), Is.EqualTo(other));
        await AssertNothingLostAsync();
    }

    // Acknowledges nothing, and does not come back.
    private async Task<IMqttClient> StealAsync()
    {
        var thief = new MqttClientFactory().CreateMqttClient();
        thief.ApplicationMessageReceivedAsync += received =>
        {
            received.AutoAcknowledge = false;
            return Task.CompletedTask;
        };
        var options = new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", Broker.Port).WithClientId(ClientId);
        await thief.ConnectAsync(
            protocolVersion == "3.1.1"
                ? options.WithProtocolVersion(MqttProtocolVersion.V311).WithCleanSession(false).Build()
                : options
                    .WithProtocolVersion(MqttProtocolVersion.V500)
                    .WithCleanStart(false)
                    .WithSessionExpiryInterval(3600)
                    .Build()
        );
        return thief;
    }

    private string Holder() => _stack.Held(One, Two)[0] == 1 ? One : Two;

    // Mosquitto names MQTT 3.1.1 p2. Looks at the broker have other client identifiers.
    private int Connections()
    {
        var connected = $" as {ClientId} (p{(protocolVersion == "3.1.1" ? 2 : 5)},";
        return Broker.Log.Split('\n').Count(line => line.Contains(connected, StringComparison.Ordinal));
    }

    private async Task AssertNothingLostAsync()
    {
        var ledger = await _load.SettleAsync();
        TestContext.Out.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{ledger.Sent} sent, 0 lost, {ledger.Repeated} repeated")
        );
        Assert.That(_stack.Counter(One, "kalinka_pub_sessions_lost"), Is.Zero);
        Assert.That(_stack.Counter(Two, "kalinka_pub_sessions_lost"), Is.Zero);
    }
}
