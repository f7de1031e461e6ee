using Kalinka.Common.Directory;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Bench.Scale;

/// <summary>A directory with a session of its own.</summary>
internal sealed class ZnodeInstance : IAsyncDisposable
{
    private readonly ZooKeeperClient _client;
    private readonly ZnodeDirectory _directory;

    public ZnodeInstance(int port, int capacity)
    {
        var options = new ZooKeeperOptions(
            $"127.0.0.1:{port}/kalinka",
            SessionTimeout: TimeSpan.FromSeconds(10),
            Auth: null,
            Tls: null,
            ClientsPath: "/clients",
            Shards: true
        );
        _client = new ZooKeeperClient(options, TimeProvider.System, NullLogger.Instance);
        _directory = new ZnodeDirectory(
            _client,
            options,
            capacity,
            keepDetails: false,
            TimeProvider.System,
            NullLogger.Instance
        );
        _directory.Start();
        _client.Start();
    }

    public ZnodeDirectory Clients => _directory;

    public string? LastError => _client.LastError;

    public async ValueTask DisposeAsync()
    {
        await _directory.DisposeAsync();
        await _client.DisposeAsync();
    }
}
