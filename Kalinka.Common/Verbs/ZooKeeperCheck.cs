using Kalinka.Common.Directory;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Common.Verbs;

/// <summary>Opens a session with the ensemble, asks for one znode, and closes it.</summary>
internal static class ZooKeeperCheck
{
    /// <param name="directory">In Kafka: then the clients have no znodes here.</param>
    public static async Task<ServerAnswer> TryAsync(
        ZooKeeperOptions options,
        DirectoryKind directory,
        CancellationToken cancellationToken
    )
    {
        var server = $"zookeeper {options.ConnectionString}";
        await using var client = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        client.Start();
        try
        {
            var path = directory == DirectoryKind.ZooKeeper ? options.ClientsPath : "/";
            var there = await client
                .ExistsAsync(path, cancellationToken)
                .WaitAsync(ServerCheck.Patience, cancellationToken);
            var clients =
                directory == DirectoryKind.ZooKeeper
                    ? $", {path} {(there is null ? "is not there yet" : "is there")}"
                    : "";
            return new ServerAnswer(server, true, $"{client.Server} answers{clients}");
        }
        catch (TimeoutException)
        {
            return new ServerAnswer(server, false, client.LastError ?? $"no answer from {client.Server}");
        }
        catch (ZooKeeperException failure)
        {
            return new ServerAnswer(server, false, failure.Message);
        }
    }
}
