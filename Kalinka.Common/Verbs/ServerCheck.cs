using Kalinka.Common.Directory;

namespace Kalinka.Common.Verbs;

/// <summary>What trying one server came to.</summary>
/// <param name="Server">Which, for a person.</param>
/// <param name="Detail">What it granted, or why it failed.</param>
public sealed record ServerAnswer(string Server, bool Ok, string Detail)
{
    public override string ToString() => $"{Server}: {(Ok ? "ok" : "failed")}, {Detail}";
}

/// <summary><c>check --connect</c>: tries every server of a configuration, all at the same time.</summary>
internal static class ServerCheck
{
    /// <summary>How long a server may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task<IReadOnlyList<ServerAnswer>> RunAsync(
        IDaemonConfiguration configuration,
        CancellationToken stopping
    )
    {
        var broker = new BrokerCheck(configuration.Mqtt, TimeProvider.System);
        var attempts = configuration
            .Mqtt.Brokers.Select(options => broker.TryAsync(options, stopping))
            .Append(KafkaCheck.TryAsync(configuration.Kafka, configuration.Mqtt.ClientId, stopping));
        if (configuration.ZooKeeper is { } ensemble)
        {
            attempts = attempts.Append(ZooKeeperCheck.TryAsync(ensemble, stopping));
        }

        if (configuration.Directory is { Kind: DirectoryKind.Kafka } directory)
        {
            attempts = attempts.Append(
                DirectoryTopicCheck.TryAsync(configuration.Kafka, configuration.Mqtt.ClientId, directory.KafkaTopic)
            );
        }

        return await Task.WhenAll([.. attempts, .. configuration.OwnChecks.Select(check => check(stopping))]);
    }
}
