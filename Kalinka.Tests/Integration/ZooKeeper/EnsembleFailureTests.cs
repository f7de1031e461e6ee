using System.Collections.Concurrent;
using Kalinka.Common.ZooKeeper;
using Kalinka.Tests.Common.ZooKeeper;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Integration.ZooKeeper;

/// <summary>What becomes of sessions, watches and ephemerals when servers of an ensemble fail.</summary>
internal sealed class EnsembleFailureTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<KeeperState> _states = new();
    private ZooKeeperServer _ensemble = null!;
    private ZooKeeperClient _client = null!;

    [SetUp]
    public async Task Start()
    {
        _ensemble = await ZooKeeperServer.StartAsync(servers: 3);
        _client = Connect(_ensemble.Options("/app") with { SessionTimeout = TimeSpan.FromSeconds(10) });
        await _client.CreateAsync("/e", default, CreateMode.Ephemeral);
        _states.Clear();
        _client.StateChanged += _states.Enqueue;
    }

    [TearDown]
    public async Task Stop()
    {
        await _client.DisposeAsync();
        await _ensemble.DisposeAsync();
    }

    [Test]
    public async Task A_killed_server_costs_a_connection_and_nothing_else()
    {
        var events = new ConcurrentQueue<WatchedEvent>();
        var session = _client.SessionId;
        await _client.AddWatchAsync("/w", AddWatchMode.PersistentRecursive, events.Enqueue);
        await _ensemble.KillAsync(ServerOfClient());
        await Eventually.That(() => _states.Contains(KeeperState.Connected), Soon, "another server");

        await Outlast(token => _client.CreateAsync("/w", default, CreateMode.Persistent, null, token));
        await Eventually.That(() => !events.IsEmpty, Soon, "the watch's event");
        Assert.That(_client.SessionId, Is.EqualTo(session));
        Assert.That(_states, Does.Not.Contain(KeeperState.Expired));
        Assert.That((await _client.ExistsAsync("/e"))!.Value.EphemeralOwner, Is.EqualTo(session));
    }

    [Test]
    public async Task A_server_that_hangs_is_left_before_the_session_expires()
    {
        var session = _client.SessionId;
        var server = ServerOfClient();
        _ensemble.Suspend(server);
        try
        {
            await Eventually.That(() => _states.Contains(KeeperState.Connected), Soon, "another server");
            Assert.That(_client.SessionId, Is.EqualTo(session));
            Assert.That(_client.Server, Does.Not.EndWith($":{_ensemble.Ports[server]}"));
        }
        finally
        {
            _ensemble.Resume(server);
        }
    }

    [Test]
    public async Task Without_a_quorum_requests_wait_and_with_it_they_are_carried_out()
    {
        await _ensemble.StopAsync(0);
        await _ensemble.StopAsync(1);
        await _ensemble.StopAsync(2);
        await Eventually.That(() => _client.State == KeeperState.Connecting, Soon, "the loss");
        var waiting = Outlast(token => _client.CreateAsync("/late", default, CreateMode.Persistent, null, token));

        // Two of three are a quorum; neither serves before the other is there.
        await Task.WhenAll(_ensemble.RestartAsync(0), _ensemble.RestartAsync(1));
        await waiting.WaitAsync(Soon);
        Assert.That(await _client.ExistsAsync("/late"), Is.Not.Null);
    }

    [Test]
    public async Task The_ephemerals_of_a_client_that_died_go_with_its_session()
    {
        var (made, gone) = (new TaskCompletionSource(), new TaskCompletionSource());
        await _client.AddWatchAsync("/dying", AddWatchMode.Persistent, OnEvent);
        await ForeignConnection.DieWithEphemeralAsync(_client.Server, "/app/dying");
        await made.Task.WaitAsync(Soon);
        await gone.Task.WaitAsync(Soon);

        void OnEvent(WatchedEvent happened)
        {
            (happened.Type == EventType.NodeCreated ? made : gone).TrySetResult();
        }
    }

    private static ZooKeeperClient Connect(ZooKeeperOptions options)
    {
        var client = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        client.Start();
        return client;
    }

    private int ServerOfClient()
    {
        var port = int.Parse(_client.Server.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);
        return _ensemble.Ports.ToList().IndexOf(port);
    }

    private static Task<CreatedZnode> Outlast(Func<CancellationToken, Task<CreatedZnode>> request) =>
        TransientFailures.OutlastAsync(request, TimeProvider.System, default);
}
