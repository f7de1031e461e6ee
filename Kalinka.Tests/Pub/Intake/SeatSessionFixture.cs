using Kalinka.Common.Mqtt;
using Kalinka.Pub.Intake;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Pub.Intake;

/// <summary>One seat's session, with a connector and connections of the test's own.</summary>
[CancelAfter(30_000)]
public abstract class SeatSessionFixture
{
    private protected static readonly string[] Filters = ["$share/k/a/+", "$share/k/b/#", "$SYS/events"];

    private protected static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private protected FakeTimeProvider _time = null!;
    private protected FakeArrivals _arrivals = null!;
    private protected FakeConnector _connector = null!;
    private protected RecordingObserver _observer = null!;
    private protected SeatSession _session = null!;
    private protected CancellationTokenSource _draining = null!;
    private protected int _tidied;

    [SetUp]
    public void Build()
    {
        _time = new FakeTimeProvider();
        _tidied = 0;
        _arrivals = new FakeArrivals();
        _connector = new FakeConnector();
        _draining = new CancellationTokenSource();
        var broker = new BrokerOptions("b1", "10.0.0.1", 1883, MqttVersion.V5, null, null, null);
        var expiry = TimeSpan.FromDays(1);
        var keepAlive = TimeSpan.FromSeconds(30);
        _observer = new RecordingObserver("$SYS/events");
        var observers = new SeatObservers([_observer], []);
        _session = new SeatSession(
            _connector,
            new MqttConnectOptions(broker, "kalinka-pub-b1-0", false, expiry, 100, keepAlive, keepAlive),
            new SeatSubscriptions(
                [new MqttSubscription("a/+", 1), new MqttSubscription("b/#", 1)],
                "k",
                0,
                new Sharing(broker),
                observers
            ),
            observers,
            _arrivals,
            _time,
            NullLogger.Instance
        )
        {
            Tidy = _ =>
            {
                Interlocked.Increment(ref _tidied);
                return Task.CompletedTask;
            },
        };
    }

    [TearDown]
    public void Release() => _draining.Dispose();

    private protected async Task ServeOneThatLeavesAMessageOpenAsync()
    {
        var connection = Prepare();
        var serving = await ServeAsync();
        _connector.Handler!.Receive("m");
        _arrivals.LeaveOpen();
        connection.End(new MqttClose(null, true, "restarted"));
        await serving;
    }

    private protected FakeConnection Prepare(bool sessionPresent = true)
    {
        var connection = new FakeConnection { Grant = FakeConnection.Granted with { SessionPresent = sessionPresent } };
        _connector.Prepared.Enqueue(connection);
        return connection;
    }

    private protected async Task<Task> ServeAsync()
    {
        var serving = _session.ServeAsync(_draining.Token);
        await Eventually.That(() => _session.Subscribed, Soon, "subscribed");
        return serving;
    }
}
