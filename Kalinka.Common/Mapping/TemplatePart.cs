namespace Kalinka.Common.Mapping;

/// <summary>A piece of a template: a literal, a value, or the hash of a value.</summary>
internal readonly struct TemplatePart
{
    private readonly byte[]? _literal;

    private TemplatePart(byte[]? literal, TemplateValue? value, bool manyLevels, int modulo) =>
        (_literal, Value, ManyLevels, Modulo) = (literal, value, manyLevels, modulo);

    /// <summary>UTF-8; empty when the part is a value.</summary>
    public ReadOnlySpan<byte> Literal => _literal;

    /// <summary>Null for a literal.</summary>
    public TemplateValue? Value { get; }

    /// <summary>Written as <c>{name...}</c>.</summary>
    public bool ManyLevels { get; }

    /// <summary>Of <c>{hash(name, n)}</c>, 1 or more; 0 when the value itself is meant.</summary>
    public int Modulo { get; }

    public static TemplatePart OfLiteral(byte[] literal) => new(literal, null, false, 0);

    public static TemplatePart OfValue(TemplateValue value, bool manyLevels) => new(null, value, manyLevels, 0);

    public static TemplatePart OfHash(TemplateValue value, int modulo) => new(null, value, false, modulo);
}
