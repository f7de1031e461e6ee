using Kalinka.Common.Text;

namespace Kalinka.Common.Mapping;

/// <summary>Reads what names a value: a capture, <c>key</c>, <c>topic</c>, <c>broker</c>, <c>header:NAME</c>, <c>property:NAME</c>.</summary>
internal sealed class TemplateValueParser(TemplateScope scope, TextErrors errors)
{
    public TemplateValue? Parse(string text, int position)
    {
        if (FindCapture(text) is { } capture)
        {
            return new TemplateValue(ValueKind.Capture, text, [], capture);
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var word = colon < 0 ? text : text[..(colon + 1)];
        ValueKind? kind = word switch
        {
            "key" => ValueKind.Key,
            "topic" => ValueKind.Topic,
            "broker" => ValueKind.Broker,
            "header:" => ValueKind.Header,
            "property:" => ValueKind.Property,
            _ => null,
        };
        return kind is null ? Unknown(text, word, position) : Known(kind.Value, text, text[(colon + 1)..], position);
    }

    private int? FindCapture(string text)
    {
        if (scope.Captures is null)
        {
            // The pattern has been reported; complaints about its captures would only hide that.
            return CaptureName.IsLegal(text) ? 0 : null;
        }

        for (var index = 0; index < scope.Captures.Count; index++)
        {
            if (scope.Captures[index] == text)
            {
                return index;
            }
        }

        return null;
    }

    private TemplateValue? Known(ValueKind kind, string text, string name, int position)
    {
        if (scope.Unavailable.TryGetValue(kind, out var why))
        {
            errors.Report(position, $"{{{text}}} is not available here: {why}");
            return null;
        }

        if (kind is not (ValueKind.Header or ValueKind.Property))
        {
            return new TemplateValue(kind, text, [], -1);
        }

        if (name.Length == 0 || !StrictUtf8.TryEncode(name, out var bytes))
        {
            errors.Report(position, $"{{{text}}} needs a name after the colon");
            return null;
        }

        return new TemplateValue(kind, text, bytes, -1);
    }

    private TemplateValue? Unknown(string text, string word, int position)
    {
        var hint = word.EndsWith(':')
            ? Spelling.Suggest(word, ["header:", "property:"])
            : Spelling.Suggest(text, scope.Names);
        var known = string.Join(", ", scope.Names.Select(name => $"{{{name}}}"));
        errors.Report(position, $"there is no {{{text}}} here, only {known}{hint}");
        return null;
    }
}
