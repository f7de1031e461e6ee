using Kalinka.Common.Mqtt;
using Kalinka.Common.Tls;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Common.Mqtt;

/// <summary>mosquitto with a certificate for localhost, and a second one that asks for the client's.</summary>
[TestFixture]
internal sealed class TlsTests
{
    private TestCertificates _certificates = null!;
    private MosquittoBroker _open = null!;
    private MosquittoBroker _mutual = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _certificates = new TestCertificates();
        var (certificate, key) = _certificates.Issue("localhost");
        var tls = $"cafile {_certificates.CaFile}\ncertfile {certificate}\nkeyfile {key}";
        _open = await MosquittoBroker.StartAsync(tls);
        _mutual = await MosquittoBroker.StartAsync($"{tls}\nrequire_certificate true");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _open.DisposeAsync();
        await _mutual.DisposeAsync();
        _certificates.Dispose();
    }

    [Test]
    public async Task Messages_travel_over_TLS()
    {
        var handler = new RecordingHandler();
        await using var connection = await Connecting.With(Trusting(_open)).ConnectAsync(handler);
        await connection.SubscribeAsync("tls");
        await connection.PublishAsync(handler, "tls", new string('s', 500_000), 1);
        await Eventually.That(() => handler.Publishes.Count == 1, Connecting.Soon, "the message");
        Assert.That(handler.Publishes.Single().Payload, Has.Length.EqualTo(500_000));
        await connection.DisconnectAsync(MqttReasonCode.Success, Connecting.Soon);
        Assert.That(handler.Outcomes, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task The_end_is_announced_in_TLS_too()
    {
        await using var wire = RecordedWire.To(_open.Port);
        var broker = Trusting(_open) with { Port = wire.Port };
        await using (var connection = await Connecting.With(broker).ConnectAsync())
        {
            await connection.DisconnectAsync(MqttReasonCode.ServerShuttingDown, Connecting.Soon);
        }

        // An alert has two bytes, DISCONNECT with a reason more; a content type and a tag of 16 bytes are added.
        Assert.That(await wire.LastTlsRecordAsync(), Is.EqualTo(2 + 1 + 16));
    }

    [Test]
    public async Task A_client_certificate_opens_the_door()
    {
        var (certificate, key) = _certificates.Issue("kalinka");
        var options = Trusting(_mutual) with { Tls = new TlsOptions(_certificates.CaFile, certificate, key) };
        await using var connection = await Connecting.With(options).ConnectAsync();
        Assert.That(connection.Closed.IsCompleted, Is.False);
    }

    [Test]
    public async Task Without_the_client_certificate_it_stays_shut() =>
        await FailsAsync(Trusting(_mutual), _mutual.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));

    [Test]
    public async Task An_authority_that_is_not_ours_is_not_trusted() =>
        await FailsAsync(Trusting(_open) with { Tls = new TlsOptions(null, null, null) }, "TLS");

    [Test]
    public async Task Another_host_name_is_not_trusted() =>
        await FailsAsync(Trusting(_open) with { Host = "127.0.0.1" }, "TLS");

    [Test]
    public async Task A_CA_file_that_is_not_there_is_named() =>
        await FailsAsync(Trusting(_open) with { Tls = new TlsOptions("/no/such.pem", null, null) }, "/no/such.pem");

    [Test]
    public async Task A_plain_port_is_no_TLS()
    {
        await using var plain = await MosquittoBroker.StartAsync();
        await FailsAsync(Trusting(plain), "mqtts://localhost");
    }

    private BrokerOptions Trusting(MosquittoBroker broker) =>
        broker.Options() with
        {
            Host = "localhost",
            Tls = new TlsOptions(_certificates.CaFile, null, null),
        };

    private static async Task FailsAsync(BrokerOptions broker, string because)
    {
        var failure = await Assert.CatchAsync<MqttException>(() => Connecting.With(broker).ConnectAsync());
        Assert.That(failure!.Message, Does.Contain(because));
    }
}
