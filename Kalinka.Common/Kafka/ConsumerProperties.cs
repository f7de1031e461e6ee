namespace Kalinka.Common.Kafka;

/// <summary>librdkafka's properties of the consumer: Kalinka's defaults, the user's, and what the promises need.</summary>
internal static class ConsumerProperties
{
    public static IEnumerable<KeyValuePair<string, string>> Of(
        KafkaOptions options,
        string clientId,
        FetchPace pace = FetchPace.Gathering
    ) =>
        ClientProperties.Layered(
            options,
            clientId,
            [
                .. Defaults,
                new("fetch.min.bytes", pace == FetchPace.Gathering ? "16384" : "1"),
                .. HasServerSideGroups(options) ? [] : ClassicDefaults,
            ],
            [new("group.id", options.GroupId), .. Required]
        );

    /// <summary>
    /// <c>auto.offset.reset</c> is the earliest: librdkafka's own default skips what was written before the group first
    /// came. The queue is bounded in bytes, and a fetch does not exceed it by more than itself. It waits up to 20 ms, as
    /// the producer lingers: what a partition that is resumed holds is asked for when the fetch before has been answered.
    /// </summary>
    private static IEnumerable<KeyValuePair<string, string>> Defaults =>
        [
            new("auto.offset.reset", "earliest"),
            new("isolation.level", "read_committed"),
            new("auto.commit.interval.ms", "500"),
            new("allow.auto.create.topics", "false"),
            new("topic.metadata.refresh.interval.ms", "10000"),
            new("queued.max.messages.kbytes", "16384"),
            new("fetch.max.bytes", "16777216"),
            new("fetch.queue.backoff.ms", "20"),
            new("fetch.wait.max.ms", "20"),
        ];

    /// <summary>With the protocol of KIP-848 these two are the brokers' business, and naming them is an error.</summary>
    private static IEnumerable<KeyValuePair<string, string>> ClassicDefaults =>
        [new("partition.assignment.strategy", "cooperative-sticky"), new("session.timeout.ms", "10000")];

    private static IEnumerable<KeyValuePair<string, string>> Required =>
        [new("enable.auto.offset.store", "false"), new("enable.auto.commit", "true")];

    private static bool HasServerSideGroups(KafkaOptions options) =>
        options.Properties.TryGetValue("group.protocol", out var protocol) && protocol == "consumer";
}
