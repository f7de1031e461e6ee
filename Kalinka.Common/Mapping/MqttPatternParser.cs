namespace Kalinka.Common.Mapping;

/// <summary>Reads one <see cref="MqttPattern"/>; reports everything that is wrong with it.</summary>
public sealed class MqttPatternParser
{
    private readonly string _text;
    private readonly TextErrors _errors;
    private readonly List<FilterLevel> _levels = [];
    private readonly List<string> _filter = [];
    private readonly List<string> _captures = [];
    private readonly List<int> _captureOfLevel = [];

    private MqttPatternParser(string text, TextErrors errors) => (_text, _errors) = (text, errors);

    public static MqttPattern? Parse(string text, TextErrors errors) => new MqttPatternParser(text, errors).Parse();

    private MqttPattern? Parse()
    {
        var position = 0;
        var written = _text.Split('/');
        for (var index = 0; index < written.Length; index++)
        {
            AddLevel(written[index], position, last: index == written.Length - 1);
            position += written[index].Length + 1;
        }

        var filter = string.Join('/', _filter);
        CheckWhole(filter);
        return _errors.Any
            ? null
            : new MqttPattern(_text, new TopicFilter(filter, _levels), _captures, [.. _captureOfLevel]);
    }

    private void AddLevel(string level, int position, bool last)
    {
        if (level == "+")
        {
            Add(FilterLevel.One, level, capture: null, position);
        }
        else if (level == "#")
        {
            AddRest(capture: null, position, last);
        }
        else if (level.StartsWith('{') && !level.StartsWith("{{", StringComparison.Ordinal))
        {
            AddCapture(level, position, last);
        }
        else
        {
            AddLiteral(level, position);
        }
    }

    private void AddCapture(string level, int position, bool last)
    {
        if (level.IndexOf('}') != level.Length - 1)
        {
            _errors.Report(position, $"a capture is a whole level: {{name}} between slashes, not \"{level}\"");
            return;
        }

        var name = level[1..^1];
        if (name.EndsWith(CaptureName.ManyLevels, StringComparison.Ordinal))
        {
            AddRest(name[..^CaptureName.ManyLevels.Length], position, last);
        }
        else
        {
            Add(FilterLevel.One, "+", name, position);
        }
    }

    private void AddRest(string? capture, int position, bool last)
    {
        if (!last)
        {
            _errors.Report(position, "# and {name...} stand for the rest of a topic and can only be the last level");
        }

        Add(FilterLevel.Rest, "#", capture, position);
    }

    private void AddLiteral(string level, int position)
    {
        if (!Braces.TryUnescape(level, out var literal))
        {
            _errors.Report(position, $"\"{level}\": a capture is a whole level, a literal brace is written twice");
        }
        else if (literal.AsSpan().ContainsAny('+', '#'))
        {
            _errors.Report(position, $"\"{level}\": + and # must be a whole level");
        }
        else if (literal.Contains('\0') || !StrictUtf8.TryEncode(literal, out var bytes))
        {
            _errors.Report(position, "a topic cannot hold NUL or half a surrogate pair");
        }
        else
        {
            Add(FilterLevel.Of(bytes), literal, capture: null, position);
        }
    }

    private void Add(FilterLevel level, string filterText, string? capture, int position)
    {
        _levels.Add(level);
        _filter.Add(filterText);
        var captured = capture is not null && CaptureName.TryDeclare(capture, position, _captures, _errors);
        _captureOfLevel.Add(captured ? _captures.Count - 1 : -1);
    }

    private void CheckWhole(string filter)
    {
        if (_text.Length == 0)
        {
            _errors.Report("a topic filter cannot be empty");
        }
        else if (_levels.Count > MqttPattern.MaximumLevels)
        {
            _errors.Report($"more than {MqttPattern.MaximumLevels} levels");
        }
        else if (System.Text.Encoding.UTF8.GetByteCount(filter) > MqttTopicName.MaximumLength)
        {
            _errors.Report("longer than 65,535 bytes");
        }
    }
}
