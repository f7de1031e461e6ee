using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Directory;

/// <summary>The directory with the ZooKeeper session it has for itself.</summary>
public sealed class DirectorySession : IAsyncDisposable
{
    /// <summary>Clients in the cache; beyond it those not asked for lately are read again when they are.</summary>
    private const int Capacity = 1_000_000;

    private readonly ZooKeeperClient _client;

    public DirectorySession(ZooKeeperOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        _client = new ZooKeeperClient(options, time, loggers.CreateLogger<ZooKeeperClient>());
        var logger = loggers.CreateLogger<ZnodeDirectory>();
        Clients = new ZnodeDirectory(_client, options, Capacity, keepDetails: false, time, logger);
    }

    public ZnodeDirectory Clients { get; }

    /// <summary>Why the ensemble is not reached, with the server tried; null when nothing went wrong.</summary>
    public string? LastError => _client.LastError;

    /// <summary>Connects and watches, for as long as it takes; returns at once.</summary>
    public void Start()
    {
        Clients.Start();
        _client.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await Clients.DisposeAsync();
        await _client.DisposeAsync();
    }
}
