using System.Text;
using Kalinka.Common.Mapping;
using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Mapping;

/// <summary>
/// The smallest set of topic filters that covers the rules, and which copy of a message counts where they overlap: a
/// broker sends one for each subscription that matches.
/// </summary>
internal sealed class PubSubscriptions
{
    /// <summary>The largest Subscription Identifier [MQTT-3.8.2.1.2].</summary>
    private const uint LargestIdentifier = 268_435_455;

    private readonly TopicFilterSet _filters;
    private readonly Dictionary<uint, int> _byIdentifier = [];

    public PubSubscriptions(IEnumerable<TopicFilter> ofRules)
    {
        _filters = TopicFilterSet.Smallest(ofRules);
        List = [.. _filters.Filters.Select((filter, number) => new PubSubscription(filter.Text, Identify(number)))];
    }

    /// <summary>In the order of the rules, in which they must be subscribed to.</summary>
    public IReadOnlyList<PubSubscription> List { get; }

    public bool HasOverlap => _byIdentifier.Count > 0;

    /// <summary>Whether one of them matches the topic.</summary>
    public bool Covers(ReadOnlySpan<byte> mqttTopic) => _filters.FirstMatch(mqttTopic) >= 0;

    /// <summary>
    /// Whether another copy of the message is the one to produce. Only a subscription of today that matches the topic
    /// says so: an identifier of yesterday's rules has no other copy.
    /// </summary>
    public bool IsCopy(ReadOnlySpan<byte> mqttTopic, PublishProperties properties)
    {
        if (!HasOverlap || properties.IsEmpty)
        {
            return false;
        }

        var copy = false;
        foreach (var property in properties)
        {
            if (
                property.Id == PropertyId.SubscriptionIdentifier
                && _byIdentifier.TryGetValue(property.Number, out var number)
                && _filters.Filters[number].Matches(mqttTopic)
            )
            {
                // A broker may send one copy with the identifiers of all its subscriptions [MQTT-3.3.4-4].
                if (number == _filters.FirstMatch(mqttTopic))
                {
                    return false;
                }

                copy = true;
            }
        }

        return copy;
    }

    /// <summary>
    /// A hash of the filter and of the earlier ones that it overlaps: stable over restarts, and another one as soon as
    /// other subscriptions come to stand before this one. Messages that were queued before that have no other copy.
    /// </summary>
    private uint? Identify(int number)
    {
        var overlapping = _filters.Overlapping(number).ToArray();
        if (overlapping.Length == 0)
        {
            return null;
        }

        // A topic filter cannot hold NUL, so the texts stay apart.
        var earlier = overlapping.TakeWhile(other => other < number);
        var text = string.Join('\0', earlier.Prepend(number).Select(one => _filters.Filters[one].Text));
        var identifier = ((uint)Murmur2.Hash(Encoding.UTF8.GetBytes(text)) % LargestIdentifier) + 1;
        while (!_byIdentifier.TryAdd(identifier, number))
        {
            identifier = (identifier % LargestIdentifier) + 1;
        }

        return identifier;
    }
}
