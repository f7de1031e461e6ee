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

    private readonly List<TopicFilter> _filters;
    private readonly TopicTrie _first = new();
    private readonly Dictionary<uint, int> _byIdentifier = [];

    public PubSubscriptions(IEnumerable<TopicFilter> ofRules)
    {
        _filters = Smallest(ofRules);
        var list = new PubSubscription[_filters.Count];
        for (var index = 0; index < list.Length; index++)
        {
            _first.Add(_filters[index], index);
            list[index] = new PubSubscription(_filters[index].Text, Identify(index));
        }

        List = list;
    }

    /// <summary>In the order of the rules, in which they must be subscribed to.</summary>
    public IReadOnlyList<PubSubscription> List { get; }

    public bool HasOverlap => _byIdentifier.Count > 0;

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
                && _byIdentifier.TryGetValue(property.Number, out var index)
                && _filters[index].Matches(mqttTopic)
            )
            {
                // A broker may send one copy with the identifiers of all its subscriptions [MQTT-3.3.4-4].
                if (index == _first.FirstMatch(mqttTopic))
                {
                    return false;
                }

                copy = true;
            }
        }

        return copy;
    }

    private static List<TopicFilter> Smallest(IEnumerable<TopicFilter> ofRules)
    {
        var filters = ofRules.DistinctBy(filter => filter.Text).ToList();
        var kept = new List<TopicFilter>();
        foreach (var filter in filters)
        {
            // Two that cover each other ("#" and "+/#") are the same: the first one stays.
            if (!kept.Exists(other => other.Covers(filter)))
            {
                kept.RemoveAll(filter.Covers);
                kept.Add(filter);
            }
        }

        return kept;
    }

    /// <summary>
    /// A hash of the filter and of the earlier ones that it overlaps: stable over restarts, and another one as soon as
    /// other subscriptions come to stand before this one. Messages that were queued before that have no other copy.
    /// </summary>
    private uint? Identify(int index)
    {
        var filter = _filters[index];
        var earlier = _filters.Take(index).Where(filter.Overlaps).Select(other => other.Text).ToArray();
        if (earlier.Length == 0 && !_filters.Skip(index + 1).Any(filter.Overlaps))
        {
            return null;
        }

        // A topic filter cannot hold NUL, so the texts stay apart.
        var text = string.Join('\0', [filter.Text, .. earlier]);
        var identifier = ((uint)Murmur2.Hash(Encoding.UTF8.GetBytes(text)) % LargestIdentifier) + 1;
        while (!_byIdentifier.TryAdd(identifier, index))
        {
            identifier = (identifier % LargestIdentifier) + 1;
        }

        return identifier;
    }
}
