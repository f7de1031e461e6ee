using Kalinka.Common.Configuration;
using Kalinka.Common.Mapping;
using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Mapping;

/// <summary>
/// The compiled rules, MQTT to Kafka: the first that matches wins. Immutable, used by any number of threads; nothing is
/// allocated for a message that is mapped or unmapped.
/// </summary>
public sealed class PubMapping
{
    private readonly PubRule[] _rules;
    private readonly TopicTrie _first = new();
    private readonly PubSubscriptions _subscriptions;

    private PubMapping(PubRule[] rules)
    {
        _rules = rules;
        for (var number = 0; number < rules.Length; number++)
        {
            _first.Add(rules[number].From.Filter, number);
        }

        _subscriptions = new PubSubscriptions(rules.Select(rule => rule.From.Filter));
        KafkaTopics = [.. rules.Select(rule => rule.To.Constant).OfType<string>().Distinct()];
    }

    /// <summary>The topics that rules name without values; they are made at the start when they are missing.</summary>
    public IReadOnlyList<string> KafkaTopics { get; }

    /// <summary>
    /// The smallest set of topic filters that covers the rules. Subscribe in this order: then whatever arrives for a
    /// later filter has been sent for the earlier ones too.
    /// </summary>
    public IReadOnlyList<PubSubscription> Subscriptions => _subscriptions.List;

    /// <summary>Two subscriptions match the same topics: without Subscription Identifiers (MQTT 3.1.1) copies would be mapped twice.</summary>
    public bool HasOverlap => _subscriptions.HasOverlap;

    /// <summary>Whether messages of the topic are asked for, for a rule's sake.</summary>
    public bool IsSubscribed(ReadOnlySpan<byte> mqttTopic) => _subscriptions.Covers(mqttTopic);

    /// <summary>Compiles the rules; reports everything that is wrong, and is null then.</summary>
    public static PubMapping? Compile(PubMappingOptions options, ICollection<ConfigurationError> errors)
    {
        if (options.Rules.Count == 0)
        {
            errors.Add(new ConfigurationError("Mapping:Rules", "at least one rule is needed"));
            return null;
        }

        var rules = options
            .Rules.Select((rule, number) => new PubRuleCompiler($"Mapping:Rules:{number}", errors).Compile(rule))
            .ToArray();
        return rules.Contains(null) ? null : new PubMapping(rules!);
    }

    /// <summary>Maps one message.</summary>
    /// <param name="mqttTopic">A legal topic name.</param>
    /// <param name="into">Holds the result until the next call; <see cref="MappedRecord.Rejection"/> says why not.</param>
    public MappingVerdict Map(
        ReadOnlySpan<byte> mqttTopic,
        PublishProperties properties,
        ReadOnlySpan<byte> brokerName,
        MappedRecord into
    )
    {
        into.Clear();
        var number = _first.FirstMatch(mqttTopic);
        if (number < 0)
        {
            return MappingVerdict.Unmapped;
        }

        var rule = _rules[number];
        Span<CaptureRange> captures = stackalloc CaptureRange[rule.From.Captures.Count];
        rule.From.Capture(mqttTopic, captures);
        var values = new PubValues(mqttTopic, captures, properties, brokerName);

        into.Rule = number;
        if (rule.TryRender(ref values, into, out var rejection))
        {
            return MappingVerdict.Mapped;
        }

        into.Rejection = $"rule {number}, {rejection}";
        return MappingVerdict.Rejected;
    }

    /// <summary>
    /// Whether the message is the copy of one that arrives for an earlier subscription too, and so is settled without a
    /// record. False without a Subscription Identifier, or with one that the rules of today do not know.
    /// </summary>
    public bool IsCopy(ReadOnlySpan<byte> mqttTopic, PublishProperties properties) =>
        _subscriptions.IsCopy(mqttTopic, properties);

    /// <summary>A dry run for people; an illegal topic is a reason.</summary>
    /// <param name="userProperties">The MQTT 5 user properties of the message.</param>
    public PubExplanation Explain(
        string mqttTopic,
        string brokerName,
        IReadOnlyList<KeyValuePair<string, string>> userProperties
    ) => new PubExplainer(this, _rules).Explain(mqttTopic, brokerName, userProperties);
}
