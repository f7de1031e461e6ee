using Kalinka.Common.Directory;
using Kalinka.Common.ZooKeeper;
using Kalinka.Common.ZooKeeper.Jute;
using Kalinka.Tests.Common.Brokers;
using Kalinka.Tests.Common.ZooKeeper;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Common.Directory;

internal sealed class RefusedWatchTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly LogLines<ZnodeDirectory> _logger = new();

    [Test]
    public async Task A_watch_that_is_refused_is_asked_for_again_and_told_once()
    {
        var refused = 0;
        await using var server = new ScriptedServer(async peer =>
        {
            await peer.GreetAsync();
            while (await peer.RequestAsync() is { } request)
            {
                var refuses = request.Type == OpCode.AddWatch && ++refused <= 3;
                await peer.ReplyAsync(request.Xid, refuses ? KeeperCode.Unimplemented : KeeperCode.Ok, Nothing);
            }
        });
        var options = new ZooKeeperOptions(server.Address, TimeSpan.FromSeconds(6), null, null, "/", Shards: false);
        await using var client = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        await using var directory = new ZnodeDirectory(client, options, 10, false, _time, _logger);
        client.Start();
        directory.Start();

        await Eventually.That(() => Volatile.Read(ref refused) == 1, Soon, "a refusal");
        await Eventually.That(
            () => directory.WaitsFor!.Contains("Unimplemented", StringComparison.Ordinal),
            Soon,
            "why"
        );
        await Eventually.That(() => Advanced() && directory.Trusted, Soon, "the watch");
        Assert.That(directory.WaitsFor, Is.Null);
        Assert.That(_logger.Lines.Count(line => line.Level == LogLevel.Error), Is.EqualTo(1));
    }

    private bool Advanced()
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        return true;
    }

    private static void Nothing(JuteWriter writer) => default(Stat).Write(writer);
}
