using System.Text;
using Kalinka.Bench.Load;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Bench;

/// <summary>Says of clients of the load that they are connected to one broker, in the flat layout.</summary>
internal static class ClientZnodes
{
    public static async Task WriteAsync(
        int zooKeeperPort,
        string broker,
        Func<string, string>? clientOf = null,
        int clients = MqttLoad.Clients
    )
    {
        var options = new ZooKeeperOptions(
            $"127.0.0.1:{zooKeeperPort}/kalinka",
            SessionTimeout: TimeSpan.FromSeconds(10),
            Auth: null,
            Tls: null,
            ClientsPath: "/clients",
            Shards: false
        );
        await using var zooKeeper = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        zooKeeper.Start();
        await zooKeeper.EnsurePathAsync(options.ClientsPath);
        var data = Encoding.UTF8.GetBytes(broker);
        await Task.WhenAll(
            Enumerable
                .Range(0, clients)
                .Select(MqttLoad.ClientName)
                .Select(name => $"{options.ClientsPath}/{clientOf?.Invoke(name) ?? name}")
                .Select(path => zooKeeper.CreateAsync(path, data, CreateMode.Persistent))
        );
    }
}
