using Kalinka.Common.ZooKeeper;
using Kalinka.Pub.Presence;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Pub.Presence;

public sealed class DirectoryUpkeepTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    [Test]
    public async Task What_fails_is_seen_though_the_other_half_goes_on()
    {
        var (directory, time) = (new MemoryDirectory(), new FakeTimeProvider());
        await using var pub = new PubInstance(directory, time);
        var options = new ZooKeeperOptions("127.0.0.1:1", Soon, null, null, "/clients", Shards: true);
        var closed = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        closed.Start();
        await closed.DisposeAsync();
        var upkeep = new DirectoryUpkeep(
            directory.Connect(),
            closed,
            "i1",
            pub.Presence,
            TimeSpan.FromDays(7),
            time,
            NullLoggerFactory.Instance
        );

        await Assert.ThatAsync(
            () => upkeep.RunAsync(default).WaitAsync(Soon),
            Throws.InstanceOf<ObjectDisposedException>()
        );
    }
}
