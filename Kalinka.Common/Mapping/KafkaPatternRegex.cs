using System.Text;

namespace Kalinka.Common.Mapping;

/// <summary>
/// Writes a pattern as a POSIX extended regular expression. Kafka's internal topics begin with two underscores; the
/// dialect has no look-ahead, so the first run is spelled out in a way that cannot begin such a name.
/// </summary>
internal static class KafkaPatternRegex
{
    private const string Legal = "[a-zA-Z0-9_-]";
    private const string NoUnderscore = "[a-zA-Z0-9-]";

    public static string Write(KafkaPatternPart[] parts)
    {
        var regex = new StringBuilder("^");
        for (var index = 0; index < parts.Length; index++)
        {
            regex.Append(
                !parts[index].IsCapture ? Escape(parts[index].Literal)
                : index == 0 ? FirstRun(parts)
                : index == 1 && parts[0].Literal.SequenceEqual("_"u8) ? $"{NoUnderscore}{Legal}*"
                : $"{Legal}+"
            );
        }

        return regex.Append('$').ToString();
    }

    private static string FirstRun(KafkaPatternPart[] parts)
    {
        var underscoreFollows = parts.Length > 1 && parts[1].Literal.StartsWith((byte)'_');
        var afterUnderscore = $"{NoUnderscore}{Legal}*";
        return underscoreFollows
            ? $"({NoUnderscore}{Legal}*|_{afterUnderscore})"
            : $"({NoUnderscore}{Legal}*|_({afterUnderscore})?)";
    }

    private static string Escape(ReadOnlySpan<byte> literal) =>
        Encoding.ASCII.GetString(literal).Replace(".", @"\.", StringComparison.Ordinal);
}
