using System.Text;
using Kalinka.Common.Directory;
using Kalinka.Tests.Stack;
using Kalinka.Tests.Sub.Pipeline;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Integration.Sub;

/// <summary>sub without ZooKeeper: clients are found in a topic of Kafka.</summary>
internal sealed class KafkaDirectoryTests
{
    private static readonly DirectoryOptions Directory = new(DirectoryKind.Kafka, "kalinka.directory", 1000);

    private SubStack _stack = null!;
    private TopicDirectory _presence = null!;

    [SetUp]
    public async Task SetUp()
    {
        if (!KafkaServer.IsReal)
        {
            Assert.Ignore("The mock cluster makes no compacted topic");
        }

        _stack = await SubStack.StartAsync(partitions: 1);
        var kafka = SubOptionsFor.Tests.Kafka with { BootstrapServers = _stack.BootstrapServers };
        var loggers = NullLoggerFactory.Instance;
        _presence = new TopicDirectory(Directory, kafka, "presence", writes: true, TimeProvider.System, loggers);
        _presence.Start();
    }

    [TearDown]
    public async Task TearDown()
    {
        if (_presence is not null)
        {
            await _presence.DisposeAsync();
        }

        if (_stack is not null)
        {
            await _stack.DisposeAsync();
        }
    }

    [Test]
    public async Task A_client_is_found_followed_and_waited_for()
    {
        await PlaceAsync("c1", "b1");
        await using var sub = _stack.Run("i1", options => options with { ZooKeeper = null, Directory = Directory });
        await sub.ReadyAsync();
        Assert.That(
            sub.Pipeline.Status().Directory,
            Is.EqualTo(new Kalinka.Common.Hosting.DirectoryStatus(1, true, 0))
        );

        _stack.Produce([("c1", "first")]);
        await HeardAsync("b1", "first");
        await PlaceAsync("c1", "b2");
        _stack.Produce([("c1", "second")]);
        await HeardAsync("b2", "second");

        _stack.Produce([("c2", "third")]);
        await Eventually.That(() => sub.Pipeline.Status().Directory!.Waiting == 1, SubStack.Within, "it waits");
        await PlaceAsync("c2", "b1");
        await HeardAsync("b1", "third");
    }

    private async Task PlaceAsync(string client, string broker)
    {
        var id = Encoding.UTF8.GetBytes(client);
        var known = await _presence.ReadAsync(id, CancellationToken.None);
        var outcomes = await _presence.ChangeAsync([LocationChange.Put(id, broker, known)], CancellationToken.None);
        Assert.That(outcomes, Is.EqualTo([ChangeOutcome.Done]));
    }

    private Task HeardAsync(string broker, string payload) =>
        Eventually.That(
            () => _stack.Heard.TryGetValue((broker, payload), out var times) && times == 1,
            SubStack.Within,
            $"{payload} at {broker}"
        );
}
