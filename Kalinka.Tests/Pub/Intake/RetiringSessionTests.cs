using Kalinka.Common.Mqtt;
using Kalinka.Pub.Intake;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Pub.Intake;

/// <summary>A session on its way out, at a broker that lets nobody publish to it; the rest is tried on a real one.</summary>
[TestFixture, CancelAfter(20_000)]
public sealed class RetiringSessionTests
{
    private FakeTimeProvider _time = null!;
    private FakeArrivals _arrivals = null!;
    private FakeConnector _connector = null!;

    [SetUp]
    public void Begin() => (_time, _arrivals, _connector) = (new(), new(), new());

    [Test]
    public async Task It_is_unsubscribed_read_until_it_is_silent_and_ended(CancellationToken deadline)
    {
        await using var draining = new FakeConnection { OnSubscribe = _ => MqttReasonCode.NotAuthorized };
        await using var ending = new FakeConnection();
        _connector.Prepared.Enqueue(draining);
        _connector.Prepared.Enqueue(ending);

        var retiring = Session().RetireAsync(deadline);
        var handler = _connector.Handler!;
        _time.Advance(TimeSpan.FromSeconds(4.9));
        handler.Receive("late");
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.That(retiring.IsCompleted, Is.False, "it was not silent for 5 s");
        await PassAsync(retiring);

        Assert.That(await retiring, Is.True);
        Assert.That(draining.Unsubscribed, Is.EqualTo(["a", "b"]));
        Assert.That(_arrivals.Calls, Is.EqualTo(["open", "late", "drain", "close"]));
        Assert.That(ending.Disconnected, Is.EqualTo(MqttReasonCode.Success));
    }

    [Test]
    public async Task One_whose_connection_ends_is_not_ended(CancellationToken deadline)
    {
        await using var draining = new FakeConnection();
        _connector.Prepared.Enqueue(draining);

        var retiring = Session().RetireAsync(deadline);
        draining.End(new MqttClose(null, ByBroker: true, "gone"));
        await PassAsync(retiring);

        Assert.That(await retiring, Is.False);
        Assert.That(_connector.Attempts, Is.EqualTo(1));
    }

    private RetiringSession Session() =>
        new(
            _connector,
            new MqttConnectOptions(
                new BrokerOptions("b1", "127.0.0.1", 1883, MqttVersion.V5, null, null, null),
                "old-b1-0",
                CleanStart: false,
                TimeSpan.FromDays(1),
                ReceiveMaximum: 100,
                TimeSpan.FromSeconds(30),
                TimeSpan.FromSeconds(10)
            ),
            ["a", "b"],
            _arrivals,
            _time,
            NullLogger.Instance
        );

    private async Task PassAsync(Task awaited)
    {
        while (!awaited.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }
    }
}
