namespace Kalinka.Common.Mapping;

/// <summary>Numbered filters and how they lie to each other. Immutable.</summary>
public sealed class TopicFilterSet
{
    private readonly TopicTrie _trie = new();

    /// <param name="filters">Of different texts.</param>
    public TopicFilterSet(IReadOnlyList<TopicFilter> filters)
    {
        Filters = filters;
        foreach (var (number, filter) in filters.Index())
        {
            _trie.Add(filter, number);
        }
    }

    public IReadOnlyList<TopicFilter> Filters { get; }

    /// <inheritdoc cref="TopicTrie.FirstMatch"/>
    public int FirstMatch(ReadOnlySpan<byte> mqttTopic) => _trie.FirstMatch(mqttTopic);

    /// <summary>The numbers of the others that overlap this one, ascending.</summary>
    public IEnumerable<int> Overlapping(int number) =>
        _trie.Near(Filters[number]).Where(other => other != number && Filters[other].Overlaps(Filters[number])).Order();

    /// <summary>The smallest set of filters that matches the same topics: a filter inside another is left out.</summary>
    public static TopicFilterSet Smallest(IEnumerable<TopicFilter> filters)
    {
        var all = new TopicFilterSet([.. filters.DistinctBy(filter => filter.Text)]);
        return new([.. all.Filters.Where((_, number) => !all.IsInside(number))]);
    }

    private bool IsInside(int number)
    {
        var filter = Filters[number];
        return Overlapping(number).Any(other => Filters[other].Covers(filter) && IsKeptBefore(other, number));
    }

    /// <summary>Of two that cover each other ("#" and "+/#") the first one stays.</summary>
    private bool IsKeptBefore(int wide, int narrow) => wide < narrow || !Filters[narrow].Covers(Filters[wide]);
}
