using System.Net;
using System.Text;
using Kalinka.Common.Instances;
using Kalinka.Common.ZooKeeper;
using Kalinka.QuickStart.ZooKeeper;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Common.Instances;

internal sealed class InstanceZnodeTests
{
    private const string Path = "/instances/kalinka-pub/i1";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private CancellationTokenSource _stopping = null!;
    private MemoryZooKeeper _server = null!;
    private ZooKeeperClient _client = null!;
    private ZooKeeperClient _other = null!;
    private Task _running = null!;
    private InstanceReport _report = null!;

    [SetUp]
    public void Start()
    {
        _stopping = new CancellationTokenSource();
        _report = new InstanceReport("1.2.3", "abc", KafkaReachable: false, BrokersReached: []);
        _server = MemoryZooKeeper.Start(IPAddress.Loopback, 0);
        (_client, _other) = (Connect(), Connect());
    }

    [TearDown]
    public async Task Stop()
    {
        await _stopping.CancelAsync();
        await _running.WaitAsync(Soon);
        await _client.DisposeAsync();
        await _other.DisposeAsync();
        await _server.DisposeAsync();
        _stopping.Dispose();
    }

    [Test]
    public async Task It_is_ephemeral_and_says_what_the_instance_is()
    {
        Run();
        await Eventually.That(() => Told() is not null, Soon, "the znode");

        Assert.That(
            Told(),
            Is.EqualTo("""{"version":"1.2.3","configuration":"abc","kafkaReachable":false,"brokersReached":[]}""")
        );
        Assert.That((await _other.ExistsAsync(Path))!.Value.EphemeralOwner, Is.EqualTo(_client.SessionId));
    }

    [Test]
    public async Task It_follows_what_changes()
    {
        Run();
        await Eventually.That(() => Told() is not null, Soon, "the znode");
        _report = _report with { KafkaReachable = true, BrokersReached = ["b1"] };

        await Eventually.That(
            () => Told()!.EndsWith("""true,"brokersReached":["b1"]}""", StringComparison.Ordinal),
            Soon,
            "the change"
        );
    }

    [Test]
    public async Task It_comes_back_when_it_was_deleted()
    {
        Run();
        await Eventually.That(() => Told() is not null, Soon, "the znode");
        await _other.DeleteAsync(Path, -1);

        await Eventually.That(() => Told() is not null, Soon, "the znode again");
    }

    [Test]
    public async Task It_waits_for_the_end_of_a_namesake()
    {
        await Eventually.That(() => _other.State == KeeperState.Connected, Soon, "a session");
        await _other.EnsurePathAsync("/instances/kalinka-pub");
        await _other.CreateAsync(Path, "predecessor"u8.ToArray(), CreateMode.Ephemeral);
        Run();
        await Eventually.That(() => _client.State == KeeperState.Connected, Soon, "a session");
        Assert.That(Told(), Is.EqualTo("predecessor"));
        await _other.DeleteAsync(Path, -1);

        await Eventually.That(() => Told()?.Contains("1.2.3", StringComparison.Ordinal) ?? false, Soon, "our own");
    }

    private void Run()
    {
        var znode = new InstanceZnode(
            _client,
            "kalinka-pub",
            "i1",
            TimeSpan.FromSeconds(4),
            () => _report,
            TimeProvider.System,
            NullLogger<InstanceZnode>.Instance
        );
        _running = znode.RunAsync(_stopping.Token);
    }

    private string? Told() =>
        _other.FindDataAsync(Path).GetAwaiter().GetResult() is { } znode ? Encoding.UTF8.GetString(znode.Data) : null;

    private ZooKeeperClient Connect()
    {
        var options = new ZooKeeperOptions(
            $"127.0.0.1:{_server.Port}",
            TimeSpan.FromSeconds(4),
            null,
            null,
            "/clients",
            Shards: true
        );
        var client = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        client.Start();
        return client;
    }
}
