using System.Diagnostics;
using System.Net.Sockets;
using Kalinka.Common.Mqtt;
using Kalinka.Common.Tls;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Common.Mqtt;

[TestFixture]
internal sealed class ConnectFailureTests
{
    [Test]
    public async Task Nobody_listening_is_said_to_be_unreachable()
    {
        var broker = new BrokerOptions("b1", "127.0.0.1", FreePort.Next(), MqttVersion.V5, null, null, null);
        var failure = await FailureOfAsync(broker);
        Assert.That(failure.Message, Does.Contain(broker.Address).And.Contain("refused"));
        Assert.That(failure.Reason, Is.Null);
    }

    [Test]
    public async Task A_name_that_does_not_exist_is_said_to_be_unreachable()
    {
        var failure = await FailureOfAsync(
            new BrokerOptions("b1", "no.such.invalid", 1883, MqttVersion.V5, null, null, null)
        );
        Assert.That(failure.Message, Does.Contain("mqtt://no.such.invalid:1883"));
    }

    [Test]
    public async Task A_name_is_resolved_and_its_addresses_are_tried_in_turn()
    {
        await using var mosquitto = await MosquittoBroker.StartAsync();
        var broker = mosquitto.Options() with { Host = "localhost" };
        await using var connection = await Connecting.With(broker).ConnectAsync();
        Assert.That(connection.Closed.IsCompleted, Is.False);
    }

    [Test]
    public async Task IPv6_works()
    {
        await using var mosquitto = await MosquittoBroker.StartAsync("listener {port} ::1\nlistener {port} 127.0.0.1");
        await using var connection = await Connecting.With(mosquitto.Options() with { Host = "::1" }).ConnectAsync();
        Assert.That(connection.Closed.IsCompleted, Is.False);
    }

    [TestCase("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [TestCase("\u0020\u007f\u007f")]
    [TestCase("\u0015\u0003\u0001\u0000\u0002\u0002")]
    public async Task Garbage_instead_of_CONNACK_is_said_not_to_be_MQTT(string answer)
    {
        await using var broker = new FakeBroker();
        var failing = FailureOfAsync(broker.Options());
        await broker.AcceptAsync([.. answer.Select(c => (byte)c), .. new byte[127]]);
        Assert.That((await failing).Message, Does.Contain("does not speak MQTT"));
    }

    [Test]
    public async Task A_broker_that_hangs_up_is_told_from_one_that_refuses()
    {
        await using var broker = new FakeBroker();
        var failing = FailureOfAsync(broker.Options());
        await broker.AcceptAsync([]);
        broker.Hangup();
        Assert.That((await failing).Message, Does.Contain("without a CONNACK"));
    }

    [TestCase(MqttVersion.V5, 0x87, MqttReasonCode.NotAuthorized)]
    [TestCase(MqttVersion.V5, 0x9F, MqttReasonCode.ConnectionRateExceeded)]
    [TestCase(MqttVersion.V5, 1, MqttReasonCode.UnsupportedProtocolVersion)]
    [TestCase(MqttVersion.V311, 2, MqttReasonCode.ClientIdentifierNotValid)]
    [TestCase(MqttVersion.V311, 3, MqttReasonCode.ServerUnavailable)]
    [TestCase(MqttVersion.V311, 5, MqttReasonCode.NotAuthorized)]
    public async Task A_refusal_has_its_reason(MqttVersion version, int code, MqttReasonCode reason)
    {
        await using var broker = new FakeBroker();
        var failing = FailureOfAsync(broker.Options(version));
        await broker.AcceptAsync(
            version == MqttVersion.V5 && code > 5 ? [0x20, 3, 0, (byte)code, 0] : [0x20, 2, 0, (byte)code]
        );
        var failure = await failing;
        Assert.That(failure.Reason, Is.EqualTo(reason));
        Assert.That(failure.Message, Does.Contain($"{reason}"));
    }

    [Test]
    public async Task The_time_out_covers_the_wait_for_CONNACK()
    {
        await using var broker = new FakeBroker();
        var failing = FailureOfAsync(broker.Options(), TimeSpan.FromMilliseconds(200));
        await broker.AcceptAsync([]);
        Assert.That((await failing).Message, Does.Contain("within 0.2 s (waiting for CONNACK)"));
    }

    [Test]
    public async Task The_time_out_covers_the_TLS_handshake()
    {
        await using var broker = new FakeBroker();
        var options = broker.Options() with { Tls = new TlsOptions(null, null, null) };
        var failure = await FailureOfAsync(options, TimeSpan.FromMilliseconds(200));
        Assert.That(failure.Message, Does.Contain("within 0.2 s (in the TLS handshake)"));
    }

    [Test]
    public async Task The_time_out_covers_a_connect_that_nobody_answers()
    {
        // A full backlog: the kernel drops further SYNs.
        await using var broker = new FakeBroker(backlog: 1);
        using var fill1 = new TcpClient();
        using var fill2 = new TcpClient();
        await fill1.ConnectAsync("127.0.0.1", broker.Port);
        await fill2.ConnectAsync("127.0.0.1", broker.Port);
        var stopwatch = Stopwatch.StartNew();
        var failure = await FailureOfAsync(broker.Options(), TimeSpan.FromMilliseconds(300));
        Assert.That(failure.Message, Does.Contain(broker.Options().Address));
        Assert.That(stopwatch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(5)));
    }

    [Test]
    public async Task Cancelling_ends_the_attempt()
    {
        await using var broker = new FakeBroker();
        using var cancel = new CancellationTokenSource();
        var connecting = new MqttConnector(TimeProvider.System, NullLogger<MqttConnector>.Instance).ConnectAsync(
            Connecting.With(broker.Options()),
            new RecordingHandler(),
            cancel.Token
        );
        await broker.AcceptAsync([]);
        await cancel.CancelAsync();
        await Assert.ThatAsync(() => connecting, Throws.InstanceOf<OperationCanceledException>());
    }

    private static async Task<MqttException> FailureOfAsync(BrokerOptions broker, TimeSpan? timeout = null)
    {
        var options = Connecting.With(broker) with { ConnectTimeout = timeout ?? Connecting.Soon };
        var failure = await Assert.CatchAsync<MqttException>(() => options.ConnectAsync());
        return failure!;
    }
}
