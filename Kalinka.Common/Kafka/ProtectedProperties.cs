namespace Kalinka.Common.Kafka;

/// <summary>Properties on which a promise depends, or that have a place of their own in the configuration.</summary>
internal static class ProtectedProperties
{
    private static readonly Dictionary<string, Rule> Rules = Index([
        new(["bootstrap.servers", "metadata.broker.list"], [], "the brokers are set in Kafka:BootstrapServers"),
        new(["group.id"], [], "the consumer group is set in Kafka:GroupId"),
        new(["acks", "request.required.acks"], ["all", "-1"], "a message is settled when all in-sync replicas have it"),
        new(["enable.idempotence"], ["true"], "a retry must neither repeat records nor change their order"),
        new(
            ["message.timeout.ms", "delivery.timeout.ms"],
            ["0"],
            "a record waits for Kafka however long it is away; giving it up would lose or repeat it"
        ),
        new(
            ["retries", "message.send.max.retries"],
            ["2147483647"],
            "a record waits for Kafka however long it is away; giving it up would lose or repeat it"
        ),
        new(["partitioner"], ["murmur2_random"], "Java producers must agree on the partition of a key"),
        new(["transactional.id"], [], "records are confirmed one by one; there are no transactions"),
        new(["enable.gapless.guarantee"], ["false"], "a record that Kafka refuses must not end the producer"),
        new(["delivery.report.only.error"], ["false"], "every record is settled by its delivery report"),
        new(["queuing.strategy"], ["fifo"], "records leave in the order in which they came"),
        new(["log.queue"], ["true"], "the client's log is read from its queue"),
        new(["enable.auto.offset.store"], ["false"], "an offset is stored when the record is delivered, not when read"),
        new(["enable.auto.commit"], ["true"], "stored offsets are committed in the background"),
    ]);

    /// <summary>Why this value cannot be set, or null when it can.</summary>
    public static string? Refusal(string name, string value)
    {
        if (!Rules.TryGetValue(name, out var rule) || rule.Allowed.Contains(value, StringComparer.OrdinalIgnoreCase))
        {
            return null;
        }

        return rule.Allowed is [var only, ..]
            ? $"{name} is {only} and cannot be changed: {rule.Reason}"
            : $"{name} cannot be set here: {rule.Reason}";
    }

    private static Dictionary<string, Rule> Index(Rule[] rules) =>
        rules
            .SelectMany(rule => rule.Names, (rule, name) => (name, rule))
            .ToDictionary(entry => entry.name, entry => entry.rule, StringComparer.Ordinal);

    private sealed record Rule(string[] Names, string[] Allowed, string Reason);
}
