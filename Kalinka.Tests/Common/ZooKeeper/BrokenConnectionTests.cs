using System.Collections.Concurrent;
using System.Net;
using Kalinka.Common.ZooKeeper;
using Kalinka.QuickStart.ZooKeeper;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Common.ZooKeeper;

/// <summary>Servers that are away, silent, broken or hostile.</summary>
internal sealed class BrokenConnectionTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    [Test]
    public async Task A_server_that_comes_late_gets_what_waited_for_it()
    {
        var port = FreePort.Next();
        await using var client = Start($"127.0.0.1:{port}/app");
        var waiting = client.CreateAsync("/a", default, CreateMode.Persistent);
        await Eventually.That(() => client.LastError is not null, Soon, "a first attempt");
        Assert.That(client.LastError, Does.StartWith($"127.0.0.1:{port}: "));
        Assert.That(client.State, Is.EqualTo(KeeperState.Connecting));

        await using var server = MemoryZooKeeper.Start(IPAddress.Loopback, port);
        Assert.That((await waiting.WaitAsync(Soon)).Path, Is.EqualTo("/a"));
    }

    [Test]
    public async Task A_wait_can_be_cancelled_and_what_was_cancelled_is_not_sent()
    {
        var port = FreePort.Next();
        await using var client = Start($"127.0.0.1:{port}");
        using var impatience = new CancellationTokenSource();
        var cancelled = client.CreateAsync("/a", default, CreateMode.Persistent, null, impatience.Token);
        var kept = client.CreateAsync("/b", default, CreateMode.Persistent);
        await impatience.CancelAsync();
        Assert.That(async () => await cancelled, Throws.InstanceOf<OperationCanceledException>());

        await using var server = MemoryZooKeeper.Start(IPAddress.Loopback, port);
        await kept.WaitAsync(Soon);
        Assert.That(await client.ExistsAsync("/a"), Is.Null);
    }

    [Test]
    public async Task What_was_sent_and_not_answered_is_lost_with_the_connection_and_the_next_one_serves()
    {
        await using var server = new ScriptedServer(
            async peer =>
            {
                await peer.GreetAsync();
                await peer.RequestAsync();
            },
            Answering
        );
        await using var client = Start(server.Address);

        var loss = await Assert.ThrowsAsync<ZooKeeperException>(() => client.SyncAsync("/a"));
        Assert.That((loss!.Code, loss.Path, loss.IsTransient), Is.EqualTo((KeeperCode.ConnectionLoss, "/a", true)));
        await client.SyncAsync("/").WaitAsync(Soon);
    }

    private static readonly TestCaseData<byte[], string>[] Garbage =
    [
        new([0x80, 0, 0, 0], "a frame with length -2147483648") { TestName = "A negative length" },
        new("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), "a frame of") { TestName = "Another protocol" },
        new([0, 0, 0, 2, 1, 2], "a field of 4 bytes where 2 are left") { TestName = "Less than a header" },
        new([0, 0, 0, 16, 0, 0, 0, 9, .. new byte[12]], "xid 9") { TestName = "A reply that nobody asked for" },
        new([0, 0, 0, 16, .. Enumerable.Repeat((byte)255, 4), .. new byte[12]], "a field of")
        {
            TestName = "Half an event",
        },
    ];

    [TestCaseSource(nameof(Garbage))]
    public async Task Garbage_ends_the_connection_with_a_reason(byte[] garbage, string reason)
    {
        await using var server = new ScriptedServer(
            async peer =>
            {
                await peer.GreetAsync();
                await peer.RequestAsync();
                await peer.SendAsync(garbage);
                await peer.IgnoreAsync();
            },
            Answering
        );
        await using var client = Start(server.Address);
        Assert.That(async () => await client.SyncAsync("/"), Throws.InstanceOf<ZooKeeperException>());

        await client.SyncAsync("/").WaitAsync(Soon);
        Assert.That(client.LastError, Does.Contain(reason));
    }

    [Test]
    public async Task A_reply_too_large_fails_its_request_by_name()
    {
        await using var server = new ScriptedServer(async peer =>
        {
            await peer.GreetAsync();
            await peer.RequestAsync();
            await peer.SendAsync(new byte[] { 0, 0x20, 0, 0 });
            await peer.IgnoreAsync();
        });
        await using var client = Start(server.Address);

        var refusal = await Assert.ThrowsAsync<ZooKeeperException>(() => client.GetChildrenAsync("/many"));
        Assert.That((refusal!.Code, refusal.Path), Is.EqualTo((KeeperCode.MarshallingError, "/many")));
        Assert.That(refusal.Message, Does.Contain("2097152").And.Contain("jute.maxbuffer"));
    }

    [Test]
    public async Task A_silent_server_is_left_after_two_thirds_of_the_session_time_out()
    {
        await using var server = new ScriptedServer(
            async peer =>
            {
                await peer.GreetAsync(timeoutMs: 600);
                await peer.IgnoreAsync();
            },
            Answering
        );
        await using var client = Start(server.Address);
        var asked = TimeProvider.System.GetTimestamp();
        Assert.That(async () => await client.SyncAsync("/"), Throws.InstanceOf<ZooKeeperException>());

        Assert.That(TimeProvider.System.GetElapsedTime(asked), Is.LessThan(TimeSpan.FromSeconds(2)));
        await Eventually.That(() => client.LastError is not null, Soon, "the reason");
        Assert.That(client.LastError, Does.Contain("nothing heard for"));
    }

    [Test]
    public async Task A_refused_credential_is_a_state_and_fails_what_waits()
    {
        await using var server = new ScriptedServer(async peer =>
        {
            await peer.GreetAsync();
            var auth = await peer.RequestAsync();
            await peer.RequestAsync();
            await peer.ReplyAsync(auth!.Value.Xid, KeeperCode.AuthFailed);
        });
        var states = new ConcurrentQueue<KeeperState>();
        await using var client = Start(server.Address, auth: "u:p", states.Enqueue);

        var refusal = await Assert.ThrowsAsync<ZooKeeperException>(() => client.SyncAsync("/"));
        Assert.That(refusal!.Code, Is.EqualTo(KeeperCode.AuthFailed));
        await Eventually.That(() => states.Contains(KeeperState.AuthFailed), Soon, "the refusal");
    }

    [Test]
    public async Task An_ensemble_that_was_wiped_gets_a_fresh_session()
    {
        var states = new ConcurrentQueue<KeeperState>();
        var first = MemoryZooKeeper.Start(IPAddress.Loopback, 0);
        await using var client = Start($"127.0.0.1:{first.Port}/app", null, states.Enqueue, 300);
        await client.CreateAsync("/a", default, CreateMode.Persistent);
        await first.DisposeAsync();

        await using var wiped = MemoryZooKeeper.Start(IPAddress.Loopback, first.Port);
        await Eventually.That(() => states.Contains(KeeperState.Expired), Soon, "the old session's end");
        Assert.That(await client.GetChildrenAsync("/").WaitAsync(Soon), Is.Empty);
    }

    private static async Task Answering(ScriptedServer.Peer peer)
    {
        await peer.GreetAsync();
        while (await peer.RequestAsync() is { } request)
        {
            await peer.ReplyAsync(request.Xid, KeeperCode.Ok, writer => writer.WriteString("/"));
        }
    }

    private static ZooKeeperClient Start(
        string servers,
        string? auth = null,
        Action<KeeperState>? listener = null,
        int sessionMs = 4000
    )
    {
        var timeout = TimeSpan.FromMilliseconds(sessionMs);
        var options = new ZooKeeperOptions(servers, timeout, auth, null, "/clients", Shards: true);
        var client = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        client.StateChanged += listener;
        client.Start();
        return client;
    }
}
