using System.Globalization;
using System.Text;
using Kalinka.Common.Text;

namespace Kalinka.Common.Mapping;

/// <summary>Reads one <see cref="Template"/>; reports everything that is wrong with it.</summary>
public sealed class TemplateParser
{
    private readonly string _text;
    private readonly TemplateScope _scope;
    private readonly TextErrors _errors;
    private readonly TemplateValueParser _values;
    private readonly List<TemplatePart> _parts = [];
    private readonly StringBuilder _literal = new();

    private TemplateParser(string text, TemplateScope scope, TextErrors errors)
    {
        _text = text;
        _scope = scope;
        _errors = errors;
        _values = new TemplateValueParser(scope, errors);
    }

    public static Template? Parse(string text, TemplateScope scope, TextErrors errors) =>
        new TemplateParser(text, scope, errors).Parse();

    private Template? Parse()
    {
        for (var position = 0; position < _text.Length; )
        {
            position = ReadFrom(position);
        }

        EndLiteral();
        if (_errors.Any)
        {
            return null;
        }

        var template = new Template(_text, [.. _parts], _scope.Place);
        if (template.Constant is { } constant && template.RefuseResult(Encoding.UTF8.GetBytes(constant)) is { } reason)
        {
            _errors.Report(reason);
        }

        return _errors.Any ? null : template;
    }

    /// <returns>Where to go on.</returns>
    private int ReadFrom(int position)
    {
        var character = _text[position];
        if (character is '{' or '}' && position + 1 < _text.Length && _text[position + 1] == character)
        {
            _literal.Append(character);
            return position + 2;
        }

        if (character == '{')
        {
            return ReadExpression(position);
        }

        if (character == '}')
        {
            _errors.Report(position, "a brace that closes nothing; a literal one is written }}");
        }

        _literal.Append(character);
        return position + 1;
    }

    private int ReadExpression(int start)
    {
        EndLiteral();
        var end = _text.IndexOf('}', start);
        if (end < 0)
        {
            _errors.Report(start, "the brace is not closed; a literal one is written {{");
            return _text.Length;
        }

        var expression = _text[(start + 1)..end];
        var part = expression.EndsWith(')') ? ReadFunction(expression, start + 1) : ReadValue(expression, start + 1);
        if (part is not null)
        {
            _parts.Add(part.Value);
        }

        return end + 1;
    }

    private TemplatePart? ReadValue(string expression, int position)
    {
        var manyLevels = expression.EndsWith(CaptureName.ManyLevels, StringComparison.Ordinal);
        var name = manyLevels ? expression[..^CaptureName.ManyLevels.Length] : expression;
        return _values.Parse(name, position) is { } value ? TemplatePart.OfValue(value, manyLevels) : null;
    }

    private TemplatePart? ReadFunction(string expression, int position)
    {
        var open = expression.IndexOf('(', StringComparison.Ordinal);
        if (
            open < 0
            || expression.StartsWith("header:", StringComparison.Ordinal)
            || expression.StartsWith("property:", StringComparison.Ordinal)
        )
        {
            return ReadValue(expression, position);
        }

        if (expression[..open] != "hash")
        {
            var hint = Spelling.Suggest(expression[..open], ["hash"]);
            _errors.Report(position, $"there is no function \"{expression[..open]}\", only hash(name, n){hint}");
            return null;
        }

        return ReadHash(expression[(open + 1)..^1], position + open + 1);
    }

    private TemplatePart? ReadHash(string arguments, int position)
    {
        // The last comma: the name of a header may hold one.
        var comma = arguments.LastIndexOf(',');
        var count = 0;
        if (
            comma < 0
            || !int.TryParse(
                arguments.AsSpan(comma + 1).Trim(),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out count
            )
            || count == 0
        )
        {
            _errors.Report(position, "hash takes a name and a number from 1 to 2,147,483,647: hash(name, n)");
            return null;
        }

        return _values.Parse(arguments[..comma].Trim(), position) is { } value
            ? TemplatePart.OfHash(value, count)
            : null;
    }

    private void EndLiteral()
    {
        if (_literal.Length == 0)
        {
            return;
        }

        if (!StrictUtf8.TryEncode(_literal.ToString(), out var bytes))
        {
            _errors.Report("holds half a surrogate pair");
        }
        else if (_scope.Place.RefuseLiteral(bytes) is { } reason)
        {
            _errors.Report($"\"{_literal}\" {reason}");
        }
        else
        {
            _parts.Add(TemplatePart.OfLiteral(bytes));
        }

        _literal.Clear();
    }
}
