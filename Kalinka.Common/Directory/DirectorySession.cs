using Kalinka.Common.Kafka;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Directory;

/// <summary>A directory with the connections that it has for itself.</summary>
public sealed class DirectorySession : IAsyncDisposable
{
    /// <summary>Clients in the cache before ZooKeeper; beyond it those not asked for lately are read again when they are.</summary>
    private const int Capacity = 1_000_000;

    private readonly ZnodeDirectory? _znodes;
    private readonly TopicDirectory? _topic;

    /// <summary>The directory in client znodes.</summary>
    public DirectorySession(ZooKeeperOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        Ensemble = new ZooKeeperClient(options, time, loggers.CreateLogger("Kalinka.ZooKeeper.Directory"));
        var logger = loggers.CreateLogger<ZnodeDirectory>();
        _znodes = new ZnodeDirectory(Ensemble, options, Capacity, keepDetails: false, time, logger);
        Clients = _znodes;
    }

    /// <summary>The directory in a topic of Kafka.</summary>
    /// <param name="clientId">Names its clients to Kafka's brokers.</param>
    /// <param name="writes">This process changes entries.</param>
    public DirectorySession(
        DirectoryOptions options,
        KafkaOptions kafka,
        string clientId,
        bool writes,
        TimeProvider time,
        ILoggerFactory loggers
    )
    {
        _topic = new TopicDirectory(options, kafka, $"{clientId}-directory", writes, time, loggers);
        Clients = _topic;
    }

    public ILocationDirectory Clients { get; }

    /// <summary>The session with ZooKeeper; null where the directory is in Kafka.</summary>
    public ZooKeeperClient? Ensemble { get; }

    /// <summary>Why the servers are not reached; null when nothing went wrong.</summary>
    public string? LastError => Ensemble?.LastError ?? (Clients.Trusted ? null : _topic?.WaitsFor);

    /// <summary>
    /// Has somebody told when the topic was made anew, and all entries with it. Of ZooKeeper's entries nobody tells it here.
    /// </summary>
    /// <param name="told">On the follower's thread; returns at once.</param>
    public void WhenEmptied(Action told)
    {
        if (_topic is not null)
        {
            _topic.Emptied += told;
        }
    }

    /// <summary>How many entries there are.</summary>
    public Task<long> CountAsync(CancellationToken cancellationToken) =>
        _znodes?.CountAsync(cancellationToken) ?? Task.FromResult((long)Clients.Count);

    /// <summary>Connects and follows, for as long as it takes; returns at once.</summary>
    public void Start()
    {
        _znodes?.Start();
        Ensemble?.Start();
        _topic?.Start();
    }

    public async ValueTask DisposeAsync()
    {
        if (_topic is not null)
        {
            await _topic.DisposeAsync();
        }

        if (_znodes is not null)
        {
            await _znodes.DisposeAsync();
            await Ensemble!.DisposeAsync();
        }
    }
}
