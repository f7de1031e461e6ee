using Kalinka.Common.Mqtt;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Common.Mqtt;

[TestFixture]
internal sealed class KeepAliveTests
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(8);
    private static readonly byte[] PingReq = [0xC0, 0];

    private FakeBroker _broker = null!;
    private FakeTimeProvider _time = null!;

    [SetUp]
    public void Listen() => (_broker, _time) = (new FakeBroker(), new FakeTimeProvider());

    [TearDown]
    public async Task StopAsync() => await _broker.DisposeAsync();

    [Test]
    public async Task An_idle_connection_asks_after_half_the_interval_and_lives_on_when_answered()
    {
        await using var connection = await _broker.ConnectAsync(time: _time, keepAlive: KeepAlive);
        for (var round = 0; round < 4; round++)
        {
            var asked = _broker.ReadPacketAsync();
            await AdvanceUntilAsync(() => asked.IsCompleted, TimeSpan.FromSeconds(6));
            Assert.That(await asked, Is.EqualTo(PingReq));
            await _broker.SendAsync(0xD0, 0);
            await SettleAsync();
        }

        Assert.That(connection.Closed.IsCompleted, Is.False);
    }

    [Test]
    public async Task A_half_open_link_is_noticed_while_publishing()
    {
        await using var connection = await _broker.ConnectAsync(time: _time, keepAlive: KeepAlive);
        var advanced = TimeSpan.Zero;
        while (!connection.Closed.IsCompleted && advanced < TimeSpan.FromMinutes(1))
        {
            connection.TryPublish("t", "x", qos: 0);
            await SettleAsync();
            _time.Advance(TimeSpan.FromSeconds(1));
            advanced += TimeSpan.FromSeconds(1);
        }

        var close = await connection.ClosesAsync();
        Assert.That(close.Description, Does.StartWith("keep alive: nothing received for"));
        Assert.That((close.Reason, close.ByBroker), Is.EqualTo(((MqttReasonCode?)null, false)));
        Assert.That(advanced, Is.InRange(KeepAlive, 2 * KeepAlive));
    }

    [Test]
    public async Task A_broker_that_takes_nothing_ends_the_connection()
    {
        await using var connection = await _broker.ConnectAsync(time: _time, keepAlive: KeepAlive);
        var payload = new string('x', 1_000_000);
        while (connection.TryPublish("t", payload, qos: 0) == PublishSubmission.Accepted) { }
        await AdvanceUntilAsync(
            () => connection.Closed.IsCompleted,
            TimeSpan.FromSeconds(20),
            () => _broker.SendAsync(0xD0, 0) // It still talks.
        );
        Assert.That(
            (await connection.ClosesAsync()).Description,
            Does.StartWith("keep alive: the broker has taken nothing for")
        );
    }

    [Test]
    public async Task A_connection_that_only_receives_still_pings()
    {
        await using var connection = await _broker.ConnectAsync(time: _time, keepAlive: KeepAlive);
        var asked = _broker.ReadPacketAsync();
        await AdvanceUntilAsync(
            () => asked.IsCompleted,
            TimeSpan.FromSeconds(6),
            () => _broker.SendAsync(Packets.PublishRaw(0x30, [.. "t"u8], 0, "x", []))
        );
        Assert.That(await asked, Is.EqualTo(PingReq));
    }

    [Test]
    public async Task A_handler_that_blocks_is_backpressure_and_no_silence()
    {
        using var release = new ManualResetEventSlim();
        var handler = new RecordingHandler { AutoAcknowledge = false };
        handler.During = _ => release.Wait(TimeSpan.FromSeconds(60));
        await using var connection = await _broker.ConnectAsync(handler, time: _time, keepAlive: KeepAlive);
        await _broker.SendAsync(Packets.Publish("t", 1, "x"));
        await Eventually.That(() => handler.Publishes.Count == 1, Connecting.Soon, "the first message");

        await AdvanceUntilAsync(() => false, 5 * KeepAlive);
        Assert.That(connection.Closed.IsCompleted, Is.False);
        Assert.That(await _broker.ReadPacketAsync(), Is.EqualTo(PingReq), "the broker hears from us all the same");

        release.Set();
        await _broker.SendAsync(Packets.Publish("t", 2, "x"));
        await Eventually.That(() => handler.Publishes.Count == 2, Connecting.Soon, "the second message");
        await AdvanceUntilAsync(() => connection.Closed.IsCompleted, 2 * KeepAlive);
        Assert.That(connection.Closed.IsCompleted, Is.True, "from now on silence counts again");
    }

    [Test]
    public async Task The_brokers_own_interval_replaces_ours()
    {
        byte[] serverKeepAlive2 = [0x20, 6, 0, 0, 3, 0x13, 0, 2];
        await using var connection = await _broker.ConnectAsync(
            answer: serverKeepAlive2,
            time: _time,
            keepAlive: TimeSpan.FromHours(1)
        );
        Assert.That(connection.Grant.KeepAlive, Is.EqualTo(TimeSpan.FromSeconds(2)));
        var asked = _broker.ReadPacketAsync();
        await AdvanceUntilAsync(() => asked.IsCompleted, TimeSpan.FromSeconds(2));
        Assert.That(asked.IsCompleted, Is.True);
    }

    [Test]
    public async Task A_suspended_mosquitto_is_noticed_with_a_real_clock()
    {
        await using var mosquitto = await MosquittoBroker.StartAsync("max_inflight_messages 1000");
        var options = Connecting.With(mosquitto.Options()) with { KeepAlive = TimeSpan.FromSeconds(1) };
        var handler = new RecordingHandler();
        await using var connection = await options.ConnectAsync(handler);
        await connection.PublishAsync(handler, "t", "x", 1);
        mosquitto.Suspend();
        connection.TryPublish("t", "x", 2);
        var close = await connection.ClosesAsync();
        mosquitto.Resume();
        Assert.That(close.Description, Does.StartWith("keep alive"));
        Assert.That(
            handler.Outcomes.Last(),
            Is.EqualTo(new SeenOutcome(2, PublishOutcome.Unavailable, MqttReasonCode.ServerUnavailable))
        );
    }

    private async Task AdvanceUntilAsync(Func<bool> condition, TimeSpan atMost, Func<Task>? eachStep = null)
    {
        var step = TimeSpan.FromMilliseconds(250);
        for (var advanced = TimeSpan.Zero; advanced < atMost && !condition(); advanced += step)
        {
            if (eachStep is not null)
            {
                await eachStep();
            }

            _time.Advance(step);
            await SettleAsync();
        }
    }

    // Real threads move real bytes beside the fake clock: give them a moment per step, far less than a step means.
    private static async Task SettleAsync() => await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
}
