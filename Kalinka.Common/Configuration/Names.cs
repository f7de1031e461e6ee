using System.Buffers;

namespace Kalinka.Common.Configuration;

/// <summary>
/// Names that become part of Client Identifiers, topic filters, record headers and znodes, and so must do without what
/// means something there.
/// </summary>
public static class Names
{
    private const int Longest = 64;

    private static readonly SearchValues<char> Allowed = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
    );

    public static bool IsLegal(string name) =>
        name.Length is > 0 and <= Longest
        && char.IsAsciiLetterOrDigit(name[0])
        && !name.AsSpan().ContainsAnyExcept(Allowed);

    /// <summary>What others chose, a host name say, made legal.</summary>
    public static string Legalize(string name, int longest)
    {
        var legal = string.Concat(name.Select(c => Allowed.Contains(c) ? c : '-'));
        legal = legal.TrimStart('.', '_', '-');
        return legal.Length == 0 ? "host" : legal[..Math.Min(legal.Length, longest)];
    }

    /// <summary>An optional name.</summary>
    public static string Name(this SectionReader section, string key, string fallback) =>
        Check(section, key, section.Text(key) ?? fallback);

    /// <summary>An optional name whose default has to be found; an error when it cannot be.</summary>
    public static string Name(this SectionReader section, string key, Func<string> fallback)
    {
        try
        {
            return Check(section, key, section.Text(key) ?? fallback());
        }
        catch (IOException exception)
        {
            section.Error(key, $"is required: {exception.Message}");
            return "";
        }
    }

    /// <summary>A name that must be there.</summary>
    /// <param name="expected">What is expected, for the message.</param>
    public static string RequiredName(this SectionReader section, string key, string expected) =>
        Check(section, key, section.Required(key, expected));

    private static string Check(SectionReader section, string key, string name)
    {
        if (name.Length > 0 && !IsLegal(name))
        {
            section.Error(
                key,
                $"'{name}' must be 1 to {Longest} letters (A-Z, a-z), digits, dots, underscores and hyphens, and begin with a letter or digit"
            );
        }

        return name;
    }
}
