using Kalinka.Common.Configuration;
using Kalinka.Common.Directory;
using Kalinka.Common.Hosting;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Common.Verbs;

/// <summary>What the verbs that both daemons have need to know of one.</summary>
/// <param name="Name"><c>kalinka-pub</c> or <c>kalinka-sub</c>.</param>
/// <param name="Read">Reads its configuration; the second argument chooses a default for <c>Instance</c>.</param>
/// <param name="CreatePipeline">Makes what <c>run</c> runs.</param>
public sealed record Daemon<T>(
    string Name,
    Func<SectionReader, Func<string>, T> Read,
    Func<T, PipelineFactory> CreatePipeline
)
    where T : class, IDaemonConfiguration;

/// <summary>A configuration without mistakes: the parts that both daemons have.</summary>
public interface IDaemonConfiguration
{
    MqttOptions Mqtt { get; }

    KafkaOptions Kafka { get; }

    /// <summary>Null for none.</summary>
    ZooKeeperOptions? ZooKeeper { get; }

    /// <summary>Where it is kept which client is where.</summary>
    DirectoryOptions Directory { get; }

    /// <summary>Null for no endpoints.</summary>
    string? HttpUrl { get; }

    /// <summary>What was understood, a line each.</summary>
    IEnumerable<string> Summary { get; }

    /// <summary>What <c>check --connect</c> looks at beside the servers. None of them throws.</summary>
    IEnumerable<Func<CancellationToken, Task<ServerAnswer>>> OwnChecks => [];
}
