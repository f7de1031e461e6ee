namespace Kalinka.Common.Mapping;

public enum LevelKind
{
    Literal,

    /// <summary><c>+</c>: exactly one level, which may be empty.</summary>
    One,

    /// <summary><c>#</c>: the levels from here on, also none.</summary>
    Rest,
}

/// <summary>One level of a topic filter.</summary>
public readonly struct FilterLevel
{
    private readonly byte[]? _literal;

    private FilterLevel(LevelKind kind, byte[]? literal) => (Kind, _literal) = (kind, literal);

    public static FilterLevel One { get; } = new(LevelKind.One, null);

    public static FilterLevel Rest { get; } = new(LevelKind.Rest, null);

    public LevelKind Kind { get; }

    /// <summary>UTF-8; empty for a wildcard.</summary>
    public ReadOnlySpan<byte> Literal => _literal;

    public static FilterLevel Of(byte[] literal) => new(LevelKind.Literal, literal);

    public bool Matches(ReadOnlySpan<byte> topicLevel) =>
        Kind != LevelKind.Literal || topicLevel.SequenceEqual(_literal);
}
