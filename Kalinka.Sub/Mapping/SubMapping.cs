using Kalinka.Common.Configuration;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mapping;
using Kalinka.Common.Mqtt;
using Kalinka.Sub.Deliveries;

namespace Kalinka.Sub.Mapping;

/// <summary>
/// The compiled rules, Kafka to MQTT: the first that matches wins. Used by any number of threads; nothing is allocated
/// for a record of a known topic that is mapped or unmapped.
/// </summary>
public sealed class SubMapping
{
    // A property's value on its way into the packet; it holds nothing from one call to the next.
    [ThreadStatic]
    private static ReusableBytes? _scratch;

    private readonly SubRule[] _rules;
    private readonly SubRoutes _routes;

    private SubMapping(SubRule[] rules)
    {
        _rules = rules;
        _routes = new SubRoutes(rules.Select(rule => rule.From));
        Subscriptions = [.. rules.Select(rule => rule.From.Subscription).Distinct()];
    }

    /// <summary>
    /// Names of Kafka topics, and regular expressions from <c>^</c> to <c>$</c> as librdkafka takes them, which never
    /// match Kafka's internal topics.
    /// </summary>
    public IReadOnlyCollection<string> Subscriptions { get; }

    private static ReusableBytes Scratch => _scratch ??= new ReusableBytes();

    /// <summary>Compiles the rules; reports everything that is wrong, and is null then.</summary>
    public static SubMapping? Compile(SubMappingOptions options, ICollection<ConfigurationError> errors)
    {
        if (options.Rules.Count == 0)
        {
            errors.Add(new ConfigurationError("Mapping:Rules", "at least one rule is needed"));
            return null;
        }

        var rules = options
            .Rules.Select((rule, number) => new SubRuleCompiler($"Mapping:Rules:{number}", errors).Compile(rule))
            .ToArray();
        return rules.Contains(null) ? null : new SubMapping(rules!);
    }

    /// <summary>A rule reads this Kafka topic.</summary>
    public bool Reads(string kafkaTopic) => RuleFor(kafkaTopic) is not null;

    /// <summary>Number of the rule that reads this Kafka topic; null for none.</summary>
    public int? RuleFor(string kafkaTopic) => _routes.Find(kafkaTopic).Number is >= 0 and var number ? number : null;

    /// <summary>Maps one record.</summary>
    /// <param name="into">Holds the result until the next call; <see cref="MappedMessage.Rejection"/> says why not.</param>
    public MappingVerdict Map(in ConsumedRecord record, MappedMessage into)
    {
        into.Clear();
        var route = _routes.Find(record.KafkaTopic);
        if (route.Number < 0)
        {
            return MappingVerdict.Unmapped;
        }

        var rule = _rules[route.Number];
        var values = new SubValues(record, route, brokerName: default);
        into.Rule = route.Number;
        into.Qos = rule.Qos;
        into.Retain = rule.Retain;
        into.TopicNeedsBroker = rule.TopicNeedsBroker;
        var whole =
            rule.TryRenderClient(ref values, into, out var rejection)
            && (rule.TopicNeedsBroker || rule.TryRenderTopic(ref values, into, out rejection))
            && rule.TryRenderProperties(ref values, Scratch, into: null, out rejection);
        return whole ? MappingVerdict.Mapped : Reject(into, route, rejection);
    }

    /// <summary>Renders the topic of a rule that says <c>{broker}</c>, once the client's broker is known.</summary>
    /// <param name="into">Of the same record, as <see cref="Map"/> left it.</param>
    public MappingVerdict RenderTopic(in ConsumedRecord record, ReadOnlySpan<byte> brokerName, MappedMessage into)
    {
        var route = _routes.Find(record.KafkaTopic);
        if (route.Number < 0)
        {
            return MappingVerdict.Unmapped;
        }

        var values = new SubValues(record, route, brokerName);
        return _rules[route.Number].TryRenderTopic(ref values, into, out var rejection)
            ? MappingVerdict.Mapped
            : Reject(into, route, rejection);
    }

    /// <summary>Adds the rule's own user properties, for a record that <see cref="Map"/> has mapped.</summary>
    public void WriteProperties(in ConsumedRecord record, PublishPropertiesWriter into)
    {
        var route = _routes.Find(record.KafkaTopic);
        if (route.Number >= 0 && _rules[route.Number].Properties.Count > 0)
        {
            var values = new SubValues(record, route, brokerName: default);
            _rules[route.Number].TryRenderProperties(ref values, Scratch, into, out _);
        }
    }

    /// <summary>A dry run for people; an illegal topic is a reason.</summary>
    public SubExplanation Explain(
        string kafkaTopic,
        string? key,
        IReadOnlyList<KeyValuePair<string, string>> headers
    ) => new SubExplainer(this, _rules).Explain(kafkaTopic, key, headers);

    private static MappingVerdict Reject(MappedMessage into, SubRoute route, string? rejection)
    {
        into.Rejection = $"rule {route.Number}, {rejection}";
        return MappingVerdict.Rejected;
    }
}
