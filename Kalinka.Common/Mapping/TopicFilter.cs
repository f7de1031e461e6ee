namespace Kalinka.Common.Mapping;

/// <summary>A topic filter of MQTT [MQTT-4.7], as levels, and how it relates to topics and to other filters.</summary>
public sealed class TopicFilter
{
    private readonly FilterLevel[] _comparable;

    /// <param name="levels">At least one; <see cref="LevelKind.Rest"/> only as the last.</param>
    internal TopicFilter(string text, IReadOnlyList<FilterLevel> levels)
    {
        Text = text;
        Levels = levels;
        _comparable = levels switch
        {
            // No topic name is empty: what these match has one more level, and saying so spares the relations below
            // their special cases.
            [{ Kind: LevelKind.Rest }] => [FilterLevel.One, FilterLevel.Rest],
            [{ Kind: LevelKind.Literal, Literal.IsEmpty: true }, { Kind: LevelKind.Rest }] =>
            [
                levels[0],
                FilterLevel.One,
                FilterLevel.Rest,
            ],
            _ => [.. levels],
        };
    }

    /// <summary>A filter that is legal as it stands, without captures.</summary>
    /// <exception cref="ArgumentException">It is not: a wildcard that is no whole level, say.</exception>
    public static TopicFilter Of(string text)
    {
        var levels = text.Split('/').Select(LevelOf).ToList();
        if (text.Length == 0 || levels.SkipLast(1).Any(level => level.Kind == LevelKind.Rest))
        {
            throw new ArgumentException($"\"{text}\" is no topic filter", nameof(text));
        }

        return new TopicFilter(text, levels);
    }

    /// <summary>As it goes into a SUBSCRIBE packet.</summary>
    public string Text { get; }

    public IReadOnlyList<FilterLevel> Levels { get; }

    public bool Matches(ReadOnlySpan<byte> mqttTopic)
    {
        var topic = new TopicLevels(mqttTopic);
        for (var index = 0; index < Levels.Count; index++)
        {
            var level = Levels[index];
            var more = topic.MoveNext();
            if (index == 0 && IsHiddenFrom(level, topic.Current))
            {
                return false;
            }

            // "a/#" matches "a" too [MQTT-4.7.1-2].
            if (level.Kind == LevelKind.Rest)
            {
                return true;
            }

            if (!more || !level.Matches(topic.Current))
            {
                return false;
            }
        }

        return !topic.MoveNext();
    }

    /// <summary>Whether every topic that matches the other filter matches this one.</summary>
    public bool Covers(TopicFilter other)
    {
        var (ours, theirs) = (_comparable, other._comparable);
        for (var index = 0; index < ours.Length; index++)
        {
            if (ours[index].Kind == LevelKind.Rest)
            {
                return true;
            }

            if (index == theirs.Length || !CoversLevel(ours[index], theirs[index], first: index == 0))
            {
                return false;
            }
        }

        return ours.Length == theirs.Length;
    }

    /// <summary>Whether a topic can match both filters.</summary>
    public bool Overlaps(TopicFilter other)
    {
        var (ours, theirs) = (_comparable, other._comparable);
        for (var index = 0; ; index++)
        {
            if (EndsInRest(ours, index) || EndsInRest(theirs, index))
            {
                return true;
            }

            if (index == ours.Length || index == theirs.Length)
            {
                return ours.Length == theirs.Length;
            }

            if (!OverlapLevels(ours[index], theirs[index], first: index == 0))
            {
                return false;
            }
        }
    }

    /// <summary>Wildcards do not match a first level that begins with $ [MQTT-4.7.2-1].</summary>
    internal static bool IsHiddenFrom(FilterLevel first, ReadOnlySpan<byte> topicLevel) =>
        first.Kind != LevelKind.Literal && topicLevel.StartsWith((byte)'$');

    private static FilterLevel LevelOf(string text) =>
        text switch
        {
            "+" => FilterLevel.One,
            "#" => FilterLevel.Rest,
            _ when text.AsSpan().ContainsAny('+', '#', '\0') => throw new ArgumentException(
                $"\"{text}\" is no level of a topic filter",
                nameof(text)
            ),
            _ => FilterLevel.Of(System.Text.Encoding.UTF8.GetBytes(text)),
        };

    private static bool CoversLevel(FilterLevel ours, FilterLevel theirs, bool first) =>
        ours.Kind == LevelKind.Literal
            ? theirs.Kind == LevelKind.Literal && ours.Matches(theirs.Literal)
            : theirs.Kind != LevelKind.Rest && !(first && IsHiddenFrom(ours, theirs.Literal));

    private static bool OverlapLevels(FilterLevel one, FilterLevel two, bool first) =>
        one.Kind == LevelKind.Literal && two.Kind == LevelKind.Literal
            ? one.Matches(two.Literal)
            : !(first && (IsHiddenFrom(one, two.Literal) || IsHiddenFrom(two, one.Literal)));

    private static bool EndsInRest(FilterLevel[] levels, int index) =>
        index < levels.Length && levels[index].Kind == LevelKind.Rest;
}
