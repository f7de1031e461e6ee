namespace Kalinka.Common.Mapping;

/// <summary>Names of captures: a letter or underscore, then letters, digits, underscores, all ASCII.</summary>
internal static class CaptureName
{
    /// <summary>Written after a name, it says "more than one level".</summary>
    public const string ManyLevels = "...";

    public static bool IsLegal(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || char.IsAsciiDigit(name[0]))
        {
            return false;
        }

        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character != '_')
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Adds a name that a pattern gives, or reports why it may not.</summary>
    public static bool TryDeclare(string name, int position, List<string> declared, TextErrors errors)
    {
        if (!IsLegal(name))
        {
            errors.Report(position, $"\"{name}\" is no name for a capture: letters, digits and _, not a digit first");
            return false;
        }

        if (declared.Contains(name))
        {
            errors.Report(position, $"the capture {{{name}}} stands here twice");
            return false;
        }

        declared.Add(name);
        return true;
    }
}
