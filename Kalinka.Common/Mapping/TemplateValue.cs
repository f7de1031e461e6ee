namespace Kalinka.Common.Mapping;

/// <summary>One value in a template, without what is done with it.</summary>
public sealed class TemplateValue
{
    private readonly byte[] _name;

    internal TemplateValue(ValueKind kind, string text, byte[] name, int capture) =>
        (Kind, Text, _name, Capture) = (kind, text, name, capture);

    public ValueKind Kind { get; }

    /// <summary>As it is written between the braces, without <c>...</c>.</summary>
    public string Text { get; }

    /// <summary>Of a header or property, UTF-8; else empty.</summary>
    public ReadOnlySpan<byte> Name => _name;

    /// <summary>The number of the capture in its pattern; else -1.</summary>
    public int Capture { get; }
}
