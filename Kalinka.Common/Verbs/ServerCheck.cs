namespace Kalinka.Common.Verbs;

/// <summary>What trying one server came to.</summary>
/// <param name="Server">Which, for a person.</param>
/// <param name="Detail">What it granted, or why it failed.</param>
internal sealed record ServerAnswer(string Server, bool Ok, string Detail)
{
    public override string ToString() => $"{Server}: {(Ok ? "ok" : "failed")}, {Detail}";
}

/// <summary><c>check --connect</c>: tries every server of a configuration, all at the same time.</summary>
internal static class ServerCheck
{
    /// <summary>How long a server may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Prints a line for each server and returns the exit code.</summary>
    public static async Task<int> RunAsync(
        IDaemonConfiguration configuration,
        TextWriter output,
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

        var failures = 0;
        foreach (var attempt in attempts.ToArray())
        {
            var answer = await attempt;
            output.WriteLine(answer);
            failures += answer.Ok ? 0 : 1;
        }

        return failures == 0 ? ExitCodes.Success : ExitCodes.Mistake;
    }
}
