namespace Kalinka.Common.Mapping;

/// <summary>What a template may name where it stands. A capture hides what else has its name.</summary>
/// <param name="Captures">Those of the rule's pattern; null when the pattern is wrong itself: then any name is taken.</param>
/// <param name="Unavailable">What there is none of here, and why.</param>
public sealed record TemplateScope(
    TemplatePlace Place,
    IReadOnlyList<string>? Captures,
    IReadOnlyDictionary<ValueKind, string> Unavailable
)
{
    /// <summary>All names that would be understood, as they are written.</summary>
    internal IEnumerable<string> Names =>
        (Captures ?? []).Concat(
            new[] { ("key", ValueKind.Key), ("topic", ValueKind.Topic), ("broker", ValueKind.Broker) }
                .Where(word => !Unavailable.ContainsKey(word.Item2))
                .Select(word => word.Item1)
        );
}
