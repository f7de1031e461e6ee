using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Common.Verbs;

/// <summary>Opens a session with the ensemble, asks for one znode, and closes it.</summary>
internal static class ZooKeeperCheck
{
    public static async Task<ServerAnswer> TryAsync(ZooKeeperOptions options, CancellationToken cancellationToken)
    {
        var server = $"zookeeper {options.ConnectionString}";
        await using var client = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        client.Start();
        try
        {
            var clients = await client
                .ExistsAsync(options.ClientsPath, cancellationToken)
                .WaitAsync(ServerCheck.Patience, cancellationToken);
            return new ServerAnswer(
                server,
                true,
                $"{client.Server} answers, {options.ClientsPath} {(clients is null ? "is not there yet" : "is there")}"
            );
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
