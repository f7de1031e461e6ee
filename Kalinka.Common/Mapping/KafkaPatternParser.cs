using System.Text;

namespace Kalinka.Common.Mapping;

/// <summary>Reads one <see cref="KafkaPattern"/>; reports everything that is wrong with it.</summary>
public sealed class KafkaPatternParser
{
    private readonly string _text;
    private readonly TextErrors _errors;
    private readonly List<KafkaPatternPart> _parts = [];
    private readonly List<string> _captures = [];

    private KafkaPatternParser(string text, TextErrors errors) => (_text, _errors) = (text, errors);

    public static KafkaPattern? Parse(string text, TextErrors errors) => new KafkaPatternParser(text, errors).Parse();

    private KafkaPattern? Parse()
    {
        for (var position = 0; position < _text.Length; )
        {
            position = _text[position] == '{' ? ReadCapture(position) : ReadLiteral(position);
        }

        if (!_errors.Any)
        {
            CheckWhole();
        }

        return _errors.Any ? null : new KafkaPattern(_text, [.. _parts], _captures);
    }

    private int ReadCapture(int start)
    {
        var end = _text.IndexOf('}', start);
        if (end < 0)
        {
            _errors.Report(start, "the brace is not closed");
            return _text.Length;
        }

        var name = _text[(start + 1)..end];
        if (_parts is [.., { IsCapture: true }])
        {
            _errors.Report(start, "between two captures something must stand that tells where the first one ends");
        }

        if (name.EndsWith(CaptureName.ManyLevels, StringComparison.Ordinal))
        {
            _errors.Report(start, "{name...} is for MQTT topics; a capture in a Kafka name is a run without a dot");
        }
        else
        {
            CaptureName.TryDeclare(name, start, _captures, _errors);
        }

        _parts.Add(new KafkaPatternPart(null));
        return end + 1;
    }

    private int ReadLiteral(int start)
    {
        var end = _text.IndexOf('{', start);
        end = end < 0 ? _text.Length : end;
        for (var position = start; position < end; position++)
        {
            if (!KafkaTopicName.IsLegalCharacter(_text[position]))
            {
                _errors.Report(position, $"'{_text[position]}' cannot stand in a Kafka topic name");
            }
        }

        _parts.Add(new KafkaPatternPart(Encoding.ASCII.GetBytes(_text[start..end])));
        return end;
    }

    private void CheckWhole()
    {
        if (_captures.Count == 0 && !KafkaTopicName.IsLegal(Encoding.ASCII.GetBytes(_text)))
        {
            _errors.Report("no legal Kafka topic name: 1 to 249 of a-z A-Z 0-9 . _ - and neither . nor ..");
        }

        if (_captures.Count > 0 && _text.StartsWith("__", StringComparison.Ordinal))
        {
            _errors.Report("Kafka's internal topics (__...) are not for patterns; one can be named without captures");
        }
    }
}
