namespace Kalinka.Common.Mapping;

/// <summary>
/// Numbered topic filters, asked which of those that match a topic has the lowest number. What it costs depends on the
/// levels of the topic and the wildcards beside them, not on the number of filters. Once filled it is read by any
/// number of threads, without allocating.
/// </summary>
public sealed class TopicTrie
{
    private const int None = TopicTrieNode.None;

    private readonly TopicTrieNode _root = new();

    /// <param name="number">0 or more.</param>
    public void Add(TopicFilter filter, int number)
    {
        var node = _root;
        node.Lowest = Math.Min(node.Lowest, number);
        foreach (var level in filter.Levels)
        {
            if (level.Kind == LevelKind.Rest)
            {
                node.Rest = Math.Min(node.Rest, number);
                return;
            }

            node = node.Child(level);
            node.Lowest = Math.Min(node.Lowest, number);
        }

        node.Here = Math.Min(node.Here, number);
    }

    /// <returns>The lowest number of a filter that matches, or -1.</returns>
    public int FirstMatch(ReadOnlySpan<byte> mqttTopic)
    {
        // Wildcards do not match a first level that begins with $ [MQTT-4.7.2-1].
        var best = mqttTopic.StartsWith((byte)'$')
            ? FirstBelow(_root, mqttTopic, None, literalsOnly: true)
            : First(_root, mqttTopic, ended: false, None);
        return best == None ? -1 : best;
    }

    /// <summary>
    /// The numbers of all filters that can match a topic in common with this one, and perhaps a few more: the walk does
    /// not know about $ and empty names. Filters of the same text count once.
    /// </summary>
    public List<int> Near(TopicFilter filter)
    {
        var found = new List<int>();
        Collect(_root, filter.Levels, 0, found);
        return found;
    }

    private static int First(TopicTrieNode node, ReadOnlySpan<byte> rest, bool ended, int best)
    {
        best = Math.Min(best, node.Rest);
        return ended ? Math.Min(best, node.Here) : FirstBelow(node, rest, best, literalsOnly: false);
    }

    private static int FirstBelow(TopicTrieNode node, ReadOnlySpan<byte> rest, int best, bool literalsOnly)
    {
        var slash = rest.IndexOf((byte)'/');
        var level = slash < 0 ? rest : rest[..slash];
        var below = slash < 0 ? default : rest[(slash + 1)..];

        // A branch that holds no lower number than the best one found is not entered.
        if (node.TryGetLiteral(level, out var literal) && literal.Lowest < best)
        {
            best = First(literal, below, ended: slash < 0, best);
        }

        if (!literalsOnly && node.One is { } one && one.Lowest < best)
        {
            best = First(one, below, ended: slash < 0, best);
        }

        return best;
    }

    private static void Collect(TopicTrieNode node, IReadOnlyList<FilterLevel> levels, int index, List<int> found)
    {
        if (index < levels.Count && levels[index].Kind == LevelKind.Rest)
        {
            node.AddAll(found);
            return;
        }

        node.AddRest(found);
        if (index == levels.Count)
        {
            node.AddHere(found);
            return;
        }

        foreach (var child in node.Children(levels[index]))
        {
            Collect(child, levels, index + 1, found);
        }
    }
}
