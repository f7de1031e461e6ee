namespace Kalinka.Common.Configuration;

/// <summary>Tells which source a key came from, so that an error names the place to mend.</summary>
/// <param name="file">Leaves of the file by key path.</param>
/// <param name="variables">Names of environment variables by key path.</param>
/// <param name="arguments">Values of the command line by key path.</param>
internal sealed class KeyOrigins(
    IReadOnlyDictionary<string, string?> file,
    IReadOnlyDictionary<string, string> variables,
    IReadOnlyDictionary<string, string> arguments
)
{
    /// <summary>A suffix for an error message; empty when the key is the file's, or nobody's.</summary>
    public string Describe(string keyPath)
    {
        if (arguments.ContainsKey(keyPath))
        {
            return " (on the command line)";
        }

        if (variables.TryGetValue(keyPath, out var variable))
        {
            return $" (in the environment variable {variable})";
        }

        return IsAtOrBelow(file.Keys, keyPath) ? "" : DescribeBelow(keyPath);
    }

    /// <summary>
    /// A list is given as a value, which is an empty one, by a source that overrides the one that this entry comes from.
    /// </summary>
    public bool IsEmptiedAbove(string list, string entry) =>
        arguments.ContainsKey(list)
            ? !IsAtOrBelow(arguments.Keys, entry)
            : variables.ContainsKey(list) && !IsAtOrBelow(arguments.Keys.Concat(variables.Keys), entry);

    private string DescribeBelow(string keyPath)
    {
        if (IsAtOrBelow(arguments.Keys, keyPath))
        {
            return " (on the command line)";
        }

        var below = variables.FirstOrDefault(variable => IsBelow(variable.Key, keyPath)).Value;
        return below is null ? "" : $" (in the environment variable {below})";
    }

    private static bool IsAtOrBelow(IEnumerable<string> keys, string keyPath) =>
        keys.Any(key => key.Equals(keyPath, StringComparison.OrdinalIgnoreCase) || IsBelow(key, keyPath));

    private static bool IsBelow(string key, string keyPath) =>
        key.Length > keyPath.Length
        && key[keyPath.Length] == ':'
        && key.StartsWith(keyPath, StringComparison.OrdinalIgnoreCase);
}
