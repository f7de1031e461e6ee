using System.Diagnostics.CodeAnalysis;
using Kalinka.Common.Text;

namespace Kalinka.Common.Mapping;

/// <summary>What follows after the same levels.</summary>
internal sealed class TopicTrieNode
{
    /// <summary>Higher than any number.</summary>
    public const int None = int.MaxValue;

    private Dictionary<byte[], TopicTrieNode>? _literals;
    private Dictionary<byte[], TopicTrieNode>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;

    /// <summary>Of this node and all below.</summary>
    public int Lowest { get; set; } = None;

    /// <summary>Of a filter that ends here.</summary>
    public int Here { get; set; } = None;

    /// <summary>Of a filter that goes on with <c>#</c>.</summary>
    public int Rest { get; set; } = None;

    /// <summary>Behind <c>+</c>.</summary>
    public TopicTrieNode? One { get; private set; }

    public bool TryGetLiteral(ReadOnlySpan<byte> level, [NotNullWhen(true)] out TopicTrieNode? child)
    {
        child = null;
        return _literals is not null && _bySpan.TryGetValue(level, out child);
    }

    /// <summary>The node behind a level, made when it is missing.</summary>
    public TopicTrieNode Child(FilterLevel level)
    {
        if (level.Kind == LevelKind.One)
        {
            return One ??= new TopicTrieNode();
        }

        if (_literals is null)
        {
            _literals = new Dictionary<byte[], TopicTrieNode>(ByteArrayComparer.Instance);
            _bySpan = _literals.GetAlternateLookup<ReadOnlySpan<byte>>();
        }

        if (!_bySpan.TryGetValue(level.Literal, out var child))
        {
            child = new TopicTrieNode();
            _bySpan[level.Literal] = child;
        }

        return child;
    }

    /// <summary>Nodes behind levels that can be the same as this one.</summary>
    public IEnumerable<TopicTrieNode> Children(FilterLevel level)
    {
        IEnumerable<TopicTrieNode> literals =
            level.Kind == LevelKind.One ? _literals?.Values ?? Enumerable.Empty<TopicTrieNode>()
            : TryGetLiteral(level.Literal, out var literal) ? [literal]
            : [];
        return One is null ? literals : literals.Append(One);
    }

    public void AddHere(List<int> numbers) => Add(Here, numbers);

    public void AddRest(List<int> numbers) => Add(Rest, numbers);

    /// <summary>All numbers of this node and below.</summary>
    public void AddAll(List<int> numbers)
    {
        AddHere(numbers);
        AddRest(numbers);
        foreach (var child in Children(FilterLevel.One))
        {
            child.AddAll(numbers);
        }
    }

    private static void Add(int number, List<int> numbers)
    {
        if (number != None)
        {
            numbers.Add(number);
        }
    }
}
