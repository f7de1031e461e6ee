using System.Diagnostics.CodeAnalysis;

namespace Kalinka.Common.Mapping;

/// <summary>A brace that means itself is written twice.</summary>
internal static class Braces
{
    /// <summary>False when a brace stands alone.</summary>
    public static bool TryUnescape(string text, [NotNullWhen(true)] out string? literal)
    {
        var alone = text.Replace("{{", "", StringComparison.Ordinal).Replace("}}", "", StringComparison.Ordinal);
        literal = alone.AsSpan().ContainsAny('{', '}')
            ? null
            : text.Replace("{{", "{", StringComparison.Ordinal).Replace("}}", "}", StringComparison.Ordinal);
        return literal is not null;
    }
}
