using Kalinka.Common.Tls;
using Kalinka.Common.ZooKeeper;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Integration.ZooKeeper;

/// <summary>TLS on the secure port, with certificates that each side asks of the other.</summary>
internal sealed class TlsTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private readonly int _securePort = FreePort.Next();
    private KeyStores _keys = null!;
    private ZooKeeperServer _server = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _keys = await KeyStores.MakeAsync();
        _server = await ZooKeeperServer.StartAsync(
            servers: 1,
            $"""
            secureClientPort={_securePort}
            secureClientPortAddress=127.0.0.1
            serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory
            ssl.keyStore.location={_keys.ServerStore}
            ssl.keyStore.password={KeyStores.Password}
            ssl.trustStore.location={_keys.TrustStore}
            ssl.trustStore.password={KeyStores.Password}
            ssl.clientAuth=need
            ssl.hostnameVerification=false
            """
        );
        await Eventually.That(SecurePortIsOpen, Soon, "the secure port");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _server.DisposeAsync();
        _keys.Dispose();
    }

    [Test]
    public async Task Who_shows_a_certificate_that_the_server_trusts_is_served()
    {
        await using var client = Connect(new TlsOptions(_keys.ServerPem, _keys.ClientPem, _keys.ClientKey));
        var created = await client.CreateAsync("/a", new byte[300_000], CreateMode.Persistent).WaitAsync(Soon);
        Assert.That((await client.GetDataAsync("/a")).Stat, Is.EqualTo(created.Stat));
    }

    [Test]
    public async Task A_server_that_is_not_trusted_is_not_spoken_to()
    {
        await using var client = Connect(new TlsOptions(_keys.ClientPem, _keys.ClientPem, _keys.ClientKey));
        await Eventually.That(() => client.LastError is not null, Soon, "the refusal");
        Assert.That(client.LastError, Does.Contain("certificate"));
        Assert.That(client.State, Is.EqualTo(KeeperState.Connecting));
    }

    [Test]
    public async Task Who_shows_no_certificate_is_not_served()
    {
        await using var client = Connect(new TlsOptions(_keys.ServerPem, null, null));
        await Eventually.That(() => client.LastError is not null, Soon, "the refusal");
        Assert.That(client.State, Is.EqualTo(KeeperState.Connecting));
    }

    [Test]
    public async Task A_file_that_is_missing_is_named()
    {
        await using var client = Connect(new TlsOptions("/no/such/ca.pem", null, null));
        await Eventually.That(() => client.LastError is not null, Soon, "the failure");
        Assert.That(client.LastError, Does.Contain("/no/such/ca.pem"));
    }

    // The server opens it after the plain one.
    private bool SecurePortIsOpen() => ListeningPort.Answers(_securePort);

    private ZooKeeperClient Connect(TlsOptions tls)
    {
        var options = _server.Options() with { ConnectionString = $"127.0.0.1:{_securePort}", Tls = tls };
        var client = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        client.Start();
        return client;
    }
}
