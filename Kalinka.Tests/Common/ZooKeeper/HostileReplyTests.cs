using Kalinka.Common.ZooKeeper;
using Kalinka.Common.ZooKeeper.Connection;
using Kalinka.Common.ZooKeeper.Jute;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Common.ZooKeeper;

/// <summary>Whatever a server says ends the connection with a reason at the worst, and settles every request.</summary>
internal sealed class HostileReplyTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public async Task Any_bytes(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            await EndsWithAReason(bytes, random);
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public async Task Good_replies_with_bytes_changed_or_cut_off(int seed)
    {
        var random = new Random(seed);
        var good = GoodReplies();
        for (var round = 0; round < 1000; round++)
        {
            var bytes = good[..random.Next(1, good.Length + 1)];
            for (var changes = random.Next(4); changes > 0; changes--)
            {
                bytes[random.Next(bytes.Length)] = (byte)(random.Next(2) == 0 ? random.Next(256) : 255);
            }

            await EndsWithAReason(bytes, random);
        }
    }

    [Test]
    public async Task Good_replies_are_taken()
    {
        var settled = await RunAsync(GoodReplies(), new Random(1));
        Assert.That(settled.Select(task => task.Status), Has.All.EqualTo(TaskStatus.RanToCompletion));
    }

    private static async Task EndsWithAReason(byte[] bytes, Random random)
    {
        var settled = await RunAsync(bytes, random);
        Assert.That(settled, Has.All.Matches<Task>(task => task!.IsCompleted), () => Convert.ToHexString(bytes));
    }

    private static async Task<Task[]> RunAsync(byte[] bytes, Random random)
    {
        var outgoing = new OutgoingQueue();
        var stream = new ReplayStream(bytes, random);
        var watches = new WatchRegistry(new Chroot("/app"), NullLogger.Instance);
        watches.Add("/", AddWatchMode.PersistentRecursive, _ => { });
        var frames = new FrameReader(stream, KeeperConnection.LargestReply);
        var connection = new KeeperConnection(
            stream,
            frames,
            outgoing,
            watches,
            TimeSpan.FromMinutes(1),
            TimeProvider.System
        );

        // All are in flight before the first byte of a reply is read: they are primed, and numbered 1 to 4.
        PendingRequest[] requests = [Children(), Data(), Multi(), Created()];
        try
        {
            await connection.RunAsync(requests, default);
        }
        catch (Exception e) when (e is IOException or InvalidDataException) { }

        return [.. requests.Select(TaskOf)];
    }

    private static Task TaskOf(PendingRequest request) =>
        request switch
        {
            ClientRequest<string[]> children => children.Task,
            ClientRequest<Znode> data => data.Task,
            ClientRequest<MultiResult> multi => multi.Task,
            ClientRequest<CreatedZnode> created => created.Task,
            _ => throw new NotSupportedException(),
        };

    private static ClientRequest<string[]> Children() =>
        new(RequestFrame.Read(OpCode.GetChildren, "/"), "/", static (ref JuteReader body) => body.ReadStrings());

    private static ClientRequest<Znode> Data() =>
        new(
            RequestFrame.Read(OpCode.GetData, "/"),
            "/",
            static (ref JuteReader body) =>
            {
                var data = body.ReadBuffer().ToArray();
                return new Znode(data, Stat.Read(ref body));
            }
        );

    private static ClientRequest<MultiResult> Multi() =>
        new(
            MultiRecord.Request([], default),
            null,
            static (ref JuteReader body) => MultiRecord.Read(ref body, new Chroot(""))
        );

    private static ClientRequest<CreatedZnode> Created() =>
        new(
            RequestFrame.Read(OpCode.Create2, "/"),
            "/",
            static (ref JuteReader body) =>
            {
                var path = body.ReadString();
                return new CreatedZnode(path, Stat.Read(ref body));
            }
        );

    private static byte[] GoodReplies()
    {
        var writer = new JuteWriter();
        Reply(writer, 1, () => writer.WriteStrings(["a", "b", "c"]));
        Reply(writer, Xid.Notification, () => WriteEvent(writer));
        Reply(writer, 2, () => WriteData(writer));
        Reply(writer, Xid.Ping, () => { });
        Reply(writer, 3, () => WriteMulti(writer));
        Reply(writer, 4, () => WriteCreated(writer));
        return writer.Written.ToArray();
    }

    private static void Reply(JuteWriter writer, int xid, Action record)
    {
        var frame = writer.BeginFrame();
        writer.WriteInt(xid);
        writer.WriteLong(99);
        writer.WriteInt(0);
        record();
        writer.EndFrame(frame);
    }

    private static void WriteEvent(JuteWriter writer)
    {
        writer.WriteInt((int)EventType.NodeCreated);
        writer.WriteInt(3);
        writer.WriteString("/app/a");
    }

    private static void WriteData(JuteWriter writer)
    {
        writer.WriteBuffer("broker"u8);
        default(Stat).Write(writer);
    }

    private static void WriteCreated(JuteWriter writer)
    {
        writer.WriteString("/a");
        default(Stat).Write(writer);
    }

    private static void WriteMulti(JuteWriter writer)
    {
        writer.WriteInt((int)OpCode.SetData);
        writer.WriteBool(false);
        writer.WriteInt(0);
        default(Stat).Write(writer);
        writer.WriteInt((int)OpCode.Error);
        writer.WriteBool(true);
        writer.WriteInt(-1);
    }
}
