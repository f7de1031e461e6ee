namespace Kalinka.Common.Kafka;

/// <summary>The order in which properties are laid over each other: a later one wins, also under an alias of its name.</summary>
internal static class ClientProperties
{
    public static IEnumerable<KeyValuePair<string, string>> Layered(
        KafkaOptions options,
        string clientId,
        IEnumerable<KeyValuePair<string, string>> defaults,
        IEnumerable<KeyValuePair<string, string>> required
    )
    {
        IEnumerable<KeyValuePair<string, string>> own =
        [
            new("bootstrap.servers", options.BootstrapServers),
            new("client.id", clientId),
            new("socket.keepalive.enable", "true"),
            new("reconnect.backoff.max.ms", "2000"),
        ];
        return own.Concat(defaults).Concat(options.Properties).Concat(required);
    }
}
