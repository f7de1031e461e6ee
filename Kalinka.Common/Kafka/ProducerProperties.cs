namespace Kalinka.Common.Kafka;

/// <summary>librdkafka's properties of the producer: Kalinka's defaults, the user's, and what the promises need.</summary>
internal static class ProducerProperties
{
    public static IEnumerable<KeyValuePair<string, string>> Of(KafkaOptions options, string clientId) =>
        ClientProperties.Layered(options, clientId, Defaults, Required);

    /// <summary>
    /// The bounds of the queue lie above the windows of the stages, which are what holds the memory down. With a shorter
    /// linger five batches are soon in flight, which idempotence allows, and librdkafka's thread then polls without
    /// pause until one is answered: 5 ms cost 16 us of CPU a record, 20 ms cost 11.
    /// A record may be as large as Kafka's own producer makes it, which is what brokers take by default.
    /// </summary>
    private static IEnumerable<KeyValuePair<string, string>> Defaults =>
        [
            new("linger.ms", "20"),
            new("queue.buffering.max.messages", "1000000"),
            new("queue.buffering.max.kbytes", "262144"),
            new("message.max.bytes", "1048576"),
            new("topic.metadata.propagation.max.ms", "5000"),
        ];

    private static IEnumerable<KeyValuePair<string, string>> Required =>
        [
            new("acks", "all"),
            new("enable.idempotence", "true"),
            new("message.timeout.ms", "0"),
            new("partitioner", "murmur2_random"),
        ];
}
