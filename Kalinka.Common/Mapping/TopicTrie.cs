namespace Kalinka.Common.Mapping;

/// <summary>
/// Numbered topic filters, asked which of those that match a topic has the lowest number. What it costs depends on the
/// levels of the topic and the wildcards beside them, not on the number of filters. Once filled it is read by any
/// number of threads, without allocating.
/// </summary>
public sealed class TopicTrie
{
    private const int None = int.MaxValue;

    private readonly Node _root = new();

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

    private static int First(Node node, ReadOnlySpan<byte> rest, bool ended, int best)
    {
        best = Math.Min(best, node.Rest);
        return ended ? Math.Min(best, node.Here) : FirstBelow(node, rest, best, literalsOnly: false);
    }

    private static int FirstBelow(Node node, ReadOnlySpan<byte> rest, int best, bool literalsOnly)
    {
        var slash = rest.IndexOf((byte)'/');
        var level = slash < 0 ? rest : rest[..slash];
        var below = slash < 0 ? default : rest[(slash + 1)..];

        // A branch that holds no lower number than the best one found is not entered.
        if (node.TryGetLiteral(level, out var literal) && literal.Lowest < best)
        {
            best = First(literal, below, ended: slash < 0, best);
        }

        if (!literalsOnly && node.Single is { } single && single.Lowest < best)
        {
            best = First(single, below, ended: slash < 0, best);
        }

        return best;
    }

    private sealed class Node
    {
        private Dictionary<byte[], Node>? _literals;
        private Dictionary<byte[], Node>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;

        /// <summary>Of this node and all below.</summary>
        public int Lowest { get; set; } = None;

        /// <summary>Of a filter that ends here.</summary>
        public int Here { get; set; } = None;

        /// <summary>Of a filter that goes on with <c>#</c>.</summary>
        public int Rest { get; set; } = None;

        public Node? Single { get; private set; }

        public bool TryGetLiteral(
            ReadOnlySpan<byte> level,
            [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Node? child
        )
        {
            child = null;
            return _literals is not null && _bySpan.TryGetValue(level, out child);
        }

        public Node Child(FilterLevel level)
        {
            if (level.Kind == LevelKind.One)
            {
                return Single ??= new Node();
            }

            if (_literals is null)
            {
                _literals = new Dictionary<byte[], Node>(ByteArrayComparer.Instance);
                _bySpan = _literals.GetAlternateLookup<ReadOnlySpan<byte>>();
            }

            if (!_bySpan.TryGetValue(level.Literal, out var child))
            {
                child = new Node();
                _bySpan[level.Literal] = child;
            }

            return child;
        }
    }
}
