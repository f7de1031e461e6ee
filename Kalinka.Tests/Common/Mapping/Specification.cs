using System.Text.RegularExpressions;

namespace Kalinka.Tests.Common.Mapping;

/// <summary>Section 4.7 of MQTT 5 once more, written another way: as a regular expression over the whole topic.</summary>
internal static class Specification
{
    public static bool Matches(string filter, string mqttTopic)
    {
        // [MQTT-4.7.2-1]
        var hidden = mqttTopic.StartsWith('$') && (filter[0] is '+' or '#');
        return !hidden && Regex.IsMatch(mqttTopic, $@"\A{Translate(filter)}\z", RegexOptions.Singleline);
    }

    private static string Translate(string filter)
    {
        if (filter == "#")
        {
            return ".*";
        }

        // "sport/#" also matches the singular "sport", since # includes the parent level [4.7.1.2].
        var parent = filter.EndsWith("/#", StringComparison.Ordinal);
        var levels = parent ? filter[..^2] : filter;
        var translated = string.Join(
            '/',
            levels.Split('/').Select(level => level == "+" ? "[^/]*" : Regex.Escape(level))
        );
        return parent ? $"{translated}(/.*)?" : translated;
    }
}
