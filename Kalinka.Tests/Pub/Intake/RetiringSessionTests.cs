using Kalinka.Common.Mqtt;
using Kalinka.Pub.Intake;
using Kalinka.Tests.Stack;
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
    private MalformedPublishes _malformed = null!;

    [SetUp]
    public void Begin() => (_time, _arrivals, _connector, _malformed) = (new(), new(), new(), new());

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
    public async Task A_message_that_waits_for_Kafka_is_no_silence(CancellationToken deadline)
    {
        await using var draining = new FakeConnection { OnSubscribe = _ => MqttReasonCode.NotAuthorized };
        await using var ending = new FakeConnection();
        _connector.Prepared.Enqueue(draining);
        _connector.Prepared.Enqueue(ending);
        _arrivals.Room.Reset();

        var retiring = Session().RetireAsync(deadline);
        var handler = (RetiringConnection)_connector.Handler!;
        var receiving = Task.Run(() => handler.Receive("waits"), deadline);
        await Eventually.That(() => handler.Passing, TimeSpan.FromSeconds(10), "it waits");
        await PassAsync(Task.Delay(TimeSpan.FromMinutes(1), _time, deadline));
        Assert.That(
            (retiring.IsCompleted, _connector.Attempts),
            Is.EqualTo((false, 1)),
            "it would go with the session"
        );

        _arrivals.Room.Set();
        await receiving;
        await PassAsync(retiring);
        Assert.That(await retiring, Is.True);
    }

    [Test]
    public async Task One_that_is_dropped_is_not_ended_and_nothing_of_it_is_acknowledged(CancellationToken deadline)
    {
        await using var draining = new FakeConnection { OnSubscribe = _ => MqttReasonCode.NotAuthorized };
        _connector.Prepared.Enqueue(draining);
        var session = Session();
        var retiring = session.RetireAsync(deadline);

        session.Drop();
        await PassAsync(retiring);

        Assert.That(await retiring, Is.False);
        Assert.That(_connector.Attempts, Is.EqualTo(1));
        Assert.That(_arrivals.Calls.Take(2), Is.EqualTo(["open", "close"]));
    }

    [Test]
    public async Task What_comes_at_the_last_moment_does_not_go_with_the_session(CancellationToken deadline)
    {
        await using var draining = new FakeConnection { OnSubscribe = _ => MqttReasonCode.NotAuthorized };
        _connector.Prepared.Enqueue(draining);
        _arrivals.OnDrain = () =>
        {
            _arrivals.OnDrain = null;
            _connector.Handler!.Receive("too late");
        };

        var retiring = Session().RetireAsync(deadline);
        await PassAsync(retiring);

        Assert.That(await retiring, Is.False);
        Assert.That(_connector.Attempts, Is.EqualTo(1));
    }

    [Test]
    public async Task Where_the_marker_is_allowed_a_short_silence_proves_nothing(CancellationToken deadline)
    {
        await using var draining = new FakeConnection();
        await using var ending = new FakeConnection();
        _connector.Prepared.Enqueue(draining);
        _connector.Prepared.Enqueue(ending);

        var retiring = Session().RetireAsync(deadline);
        await PassAsync(Task.Delay(TimeSpan.FromSeconds(20), _time, deadline));
        Assert.That(retiring.IsCompleted, Is.False);
        _connector.Handler!.Receive("kalinka/retire/old-b1-0");
        await PassAsync(retiring);

        Assert.That(await retiring, Is.True);
        Assert.That(draining.Published.Select(each => each.Topic), Is.EqualTo(["kalinka/retire/old-b1-0"]));
    }

    [Test]
    public async Task A_malformed_message_keeps_no_session_for_ever(CancellationToken deadline)
    {
        var accepted = new List<bool>();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            await using var draining = new FakeConnection();
            _connector.Prepared.Enqueue(draining);
            var retiring = Session().RetireAsync(deadline);
            accepted.Add(_connector.Handler!.AcceptsMalformed("the same"u8));
            draining.End(new MqttClose(null, ByBroker: false, "malformed"));
            await PassAsync(retiring);
        }

        Assert.That(accepted, Is.EqualTo([false, false, true]));
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
            _malformed,
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
