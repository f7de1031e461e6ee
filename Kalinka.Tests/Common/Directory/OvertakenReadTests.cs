using Kalinka.Common.Directory;
using Kalinka.Common.ZooKeeper;
using Kalinka.Common.ZooKeeper.Jute;
using Kalinka.Tests.Common.ZooKeeper;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Common.Directory;

internal sealed class OvertakenReadTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    [Test]
    public async Task A_read_that_an_event_overtook_is_told_and_not_kept()
    {
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        await using var server = new ScriptedServer(async peer =>
        {
            await peer.GreetAsync();
            while (await peer.RequestAsync() is { } request)
            {
                if (request.Type == OpCode.GetData)
                {
                    asked.TrySetResult();
                    await answer.Task;
                    await peer.ReplyAsync(Xid.Notification, KeeperCode.Ok, WriteEvent);
                }

                await peer.ReplyAsync(request.Xid, KeeperCode.Ok, WriteOldData);
            }
        });
        var options = new ZooKeeperOptions(server.Address, TimeSpan.FromSeconds(6), null, null, "/", Shards: false);
        await using var client = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        await using var directory = new ZnodeDirectory(
            client,
            options,
            10,
            keepDetails: false,
            TimeProvider.System,
            NullLogger.Instance
        );
        client.Start();
        directory.Start();
        await Eventually.That(() => directory.Trusted, Soon, "the watch");

        var read = directory.ReadAsync("c1"u8.ToArray(), default).AsTask();
        await asked.Task.WaitAsync(Soon);
        answer.SetResult();
        Assert.That((await read.WaitAsync(Soon)).Broker, Is.EqualTo("old"));
        Assert.That(directory.Find("c1"u8).State, Is.EqualTo(LocationState.Unknown));
    }

    private static void WriteEvent(JuteWriter writer)
    {
        writer.WriteInt((int)EventType.NodeDataChanged);
        writer.WriteInt(3);
        writer.WriteString("/c1");
    }

    private static void WriteOldData(JuteWriter writer)
    {
        writer.WriteBuffer("old"u8);
        default(Stat).Write(writer);
    }
}
