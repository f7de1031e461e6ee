using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Kalinka.Common.Mapping;

/// <summary>
/// A compiled template. Immutable, used by any number of threads; rendering allocates only the reason of a rejection.
/// </summary>
public sealed class Template
{
    private readonly TemplatePart[] _parts;
    private readonly TemplatePlace _place;

    internal Template(string text, TemplatePart[] parts, TemplatePlace place)
    {
        Text = text;
        _parts = parts;
        _place = place;
    }

    /// <summary>As it is written in the configuration.</summary>
    public string Text { get; }

    /// <summary>The result, when it is the same for every message; else null.</summary>
    public string? Constant =>
        _parts.Length == 0 ? ""
        : _parts is [{ Value: null }] ? Encoding.UTF8.GetString(_parts[0].Literal)
        : null;

    public bool Uses(ValueKind kind) => Array.Exists(_parts, part => part.Value?.Kind == kind);

    /// <summary>Writes the result in place of what <paramref name="into"/> held.</summary>
    /// <param name="rejection">Why this message has no legal result, as a clause for a person.</param>
    public bool TryRender<TValues>(
        scoped ref TValues values,
        ReusableBytes into,
        [NotNullWhen(false)] out string? rejection
    )
        where TValues : ITemplateValues, allows ref struct
    {
        into.Clear();
        foreach (ref readonly var part in _parts.AsSpan())
        {
            if (part.Value is null)
            {
                into.Append(part.Literal);
            }
            else if (AppendValue(part, ref values, into) is { } reason)
            {
                rejection = reason;
                return false;
            }
        }

        rejection = RefuseResult(into.Written);
        return rejection is null;
    }

    internal string? RefuseResult(ReadOnlySpan<byte> result)
    {
        var literalStart = _parts.Length == 0 ? default : _parts[0].Literal;
        return _place.RefuseResult(result, literalStart, constant: _parts is [{ Value: null }]) is { } reason
            ? $"the result {reason}"
            : null;
    }

    /// <returns>Why not, or null.</returns>
    private string? AppendValue<TValues>(in TemplatePart part, scoped ref TValues values, ReusableBytes into)
        where TValues : ITemplateValues, allows ref struct
    {
        var value = part.Value!;
        if (!values.TryGet(value, out var bytes))
        {
            return $"the message has no {value.Text}";
        }

        if (part.Modulo > 0)
        {
            AppendNumber(Murmur2.Modulo(bytes, part.Modulo), into);
            return null;
        }

        if (_place.RefuseValue(bytes, part.ManyLevels) is { } reason)
        {
            return $"the value of {{{value.Text}}} {reason}";
        }

        _place.Append(bytes, part.ManyLevels, into);
        return null;
    }

    private static void AppendNumber(int number, ReusableBytes into)
    {
        Span<byte> digits = stackalloc byte[11];
        Utf8Formatter.TryFormat(number, digits, out var written);
        into.Append(digits[..written]);
    }
}
