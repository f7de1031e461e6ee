using System.Globalization;
using Kalinka.Common.Text;

namespace Kalinka.Common.Configuration;

/// <summary>Typed values of a section, each with its range.</summary>
public static class SectionValues
{
    /// <summary>An optional text; an empty one counts as missing, so that an override can take a key back.</summary>
    public static string? Text(this SectionReader section, string key)
    {
        var value = section.Raw(key);
        return string.IsNullOrEmpty(value) ? null : value;
    }

    /// <summary>A text that must be there; empty after an error.</summary>
    /// <param name="expected">What is expected, for the message.</param>
    public static string Required(this SectionReader section, string key, string expected)
    {
        var mistakes = section.Findings.Errors.Count;
        var value = section.Text(key);
        if (value is null && mistakes == section.Findings.Errors.Count)
        {
            section.Error(key, $"is required: {expected}");
        }

        return value ?? "";
    }

    /// <summary>A whole number within a range, both ends included.</summary>
    public static long Number(this SectionReader section, string key, long fallback, long minimum, long maximum)
    {
        var text = section.Raw(key);
        if (text is null)
        {
            return fallback;
        }

        if (
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && value >= minimum
            && value <= maximum
        )
        {
            return value;
        }

        section.Error(key, $"'{text}' must be a whole number from {minimum} to {maximum}");
        return fallback;
    }

    public static bool Flag(this SectionReader section, string key, bool fallback)
    {
        var text = section.Raw(key);
        if (text is null || bool.TryParse(text, out fallback))
        {
            return fallback;
        }

        section.Error(key, $"'{text}' must be true or false");
        return fallback;
    }

    /// <summary>A time span within a range, written <c>hh:mm:ss</c> or <c>d.hh:mm:ss</c>.</summary>
    public static TimeSpan Duration(
        this SectionReader section,
        string key,
        TimeSpan fallback,
        TimeSpan minimum,
        TimeSpan maximum
    )
    {
        var text = section.Raw(key);
        if (text is null)
        {
            return fallback;
        }

        if (text.Count(':') != 2 || !TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var value))
        {
            section.Error(
                key,
                $"'{text}' must be a duration, hh:mm:ss or d.hh:mm:ss: 00:00:10 is ten seconds, 1.00:00:00 a day"
            );
            return fallback;
        }

        if (value < minimum || value > maximum)
        {
            section.Error(key, $"'{text}' must be a duration from {minimum:c} to {maximum:c}");
            return fallback;
        }

        return value;
    }

    /// <summary>A duration that MQTT carries in whole seconds.</summary>
    public static TimeSpan WholeSeconds(
        this SectionReader section,
        string key,
        TimeSpan fallback,
        TimeSpan minimum,
        TimeSpan maximum
    )
    {
        var value = section.Duration(key, fallback, minimum, maximum);
        if (value.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            section.Error(key, $"'{value:c}' must be whole seconds");
        }

        return value;
    }

    /// <summary>One of the names of an enumeration, whatever the case.</summary>
    public static T Choice<T>(this SectionReader section, string key, T fallback)
        where T : struct, Enum
    {
        var text = section.Raw(key);
        if (text is null)
        {
            return fallback;
        }

        var names = Enum.GetNames<T>();
        var name = Array.Find(names, candidate => candidate.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (name is not null)
        {
            return Enum.Parse<T>(name);
        }

        section.Error(key, $"'{text}' must be one of {string.Join(", ", names)}{Spelling.Suggest(text, names)}");
        return fallback;
    }

    private static int Count(this string text, char character) => text.AsSpan().Count(character);
}
