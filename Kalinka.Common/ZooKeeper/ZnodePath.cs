namespace Kalinka.Common.ZooKeeper;

/// <summary>What ZooKeeper takes as a path.</summary>
public static class ZnodePath
{
    /// <returns>What is wrong with it, for a person; null when it is a legal absolute path.</returns>
    public static string? Fault(string path)
    {
        if (path.Length == 0 || path[0] != '/')
        {
            return "a znode path begins with /";
        }

        if (path.Length > 1 && path[^1] == '/')
        {
            return "a znode path does not end with /";
        }

        return path.Length == 1 ? null : NameFault(path.AsSpan(1));
    }

    /// <returns>Null for the root.</returns>
    public static string? Parent(string path) =>
        path.Length == 1 ? null
        : path.LastIndexOf('/') is var slash && slash == 0 ? "/"
        : path[..slash];

    /// <summary>
    /// The characters that no znode name can hold: control characters, everything that Java writes as surrogates, the
    /// private use area and the specials.
    /// </summary>
    internal static bool IsForbidden(char c) =>
        c is <= '\u001f' or (>= '\u007f' and <= '\u009f') or (>= '\ud800' and <= '\uf8ff') or >= '\ufff0';

    internal static void ThrowIfFaulty(string path)
    {
        if (Fault(path) is { } fault)
        {
            throw new ArgumentException($"{fault}: '{path}'", nameof(path));
        }
    }

    private static string? NameFault(ReadOnlySpan<char> names)
    {
        foreach (var range in names.Split('/'))
        {
            if (names[range] is "" or "." or "..")
            {
                return "a znode name is not empty, . or ..";
            }
        }

        foreach (var c in names)
        {
            if (IsForbidden(c))
            {
                return $"a znode name does not hold U+{(int)c:X4}";
            }
        }

        return null;
    }
}
