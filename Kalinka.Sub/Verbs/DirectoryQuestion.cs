using Kalinka.Common.Directory;
using Kalinka.Common.Kafka;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Sub.Verbs;

/// <summary>Asks the directory for one client, once, and writes nothing.</summary>
internal static class DirectoryQuestion
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // The whole topic is read before it can be said that a client is not in it.
    private static readonly TimeSpan PatienceWithTopic = TimeSpan.FromMinutes(2);

    /// <returns>The answer, or why there is none.</returns>
    public static Task<(Location? Location, string? Problem)> AskAsync(
        SubOptions options,
        byte[] clientId,
        CancellationToken stopping
    ) =>
        options.Directory.Kind == DirectoryKind.Kafka
            ? AskTopicAsync(options, clientId, stopping)
            : AskZnodesAsync(options.ZooKeeper!, clientId, stopping);

    private static async Task<(Location? Location, string? Problem)> AskZnodesAsync(
        ZooKeeperOptions options,
        byte[] clientId,
        CancellationToken stopping
    )
    {
        await using var ensemble = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        await using var directory = new ZnodeDirectory(
            ensemble,
            options,
            capacity: 1,
            keepDetails: true,
            TimeProvider.System,
            NullLogger.Instance
        );
        ensemble.Start();
        try
        {
            var read = directory.ReadAsync(clientId, stopping).AsTask();
            return (await read.WaitAsync(Patience, stopping), null);
        }
        catch (TimeoutException)
        {
            var reason = ensemble.LastError ?? $"no answer within {Patience.TotalSeconds:0} s";
            return (null, $"ZooKeeper {options.ConnectionString}: {reason}");
        }
        catch (ZooKeeperException refusal)
        {
            return (null, $"ZooKeeper {options.ConnectionString}: {refusal.Message}");
        }
    }

    private static async Task<(Location? Location, string? Problem)> AskTopicAsync(
        SubOptions options,
        byte[] clientId,
        CancellationToken stopping
    )
    {
        await using var directory = new TopicDirectory(
            options.Directory,
            options.Kafka with
            {
                CreateTopics = TopicCreation.None,
            },
            "kalinka-sub-where",
            writes: false,
            TimeProvider.System,
            NullLoggerFactory.Instance
        );
        directory.Start();
        try
        {
            var read = directory.ReadAsync(clientId, stopping).AsTask();
            var patience = await IsFollowedAsync(directory, stopping) ? PatienceWithTopic : TimeSpan.Zero;
            return (await read.WaitAsync(patience, stopping), null);
        }
        catch (TimeoutException)
        {
            return (null, directory.WaitsFor);
        }
        catch (ArgumentException impossible)
        {
            return (null, impossible.Message);
        }
    }

    /// <summary>Whether something of the topic has come, or all of it.</summary>
    private static async Task<bool> IsFollowedAsync(TopicDirectory directory, CancellationToken stopping)
    {
        for (var waited = TimeSpan.Zero; waited < Patience; waited += TimeSpan.FromSeconds(1))
        {
            if (directory.Trusted || directory.Count > 0)
            {
                return true;
            }

            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, stopping);
        }

        return false;
    }
}
