namespace Kalinka.Common.Configuration;

/// <summary>
/// Keys of the configuration among the arguments of a verb: <c>--Kafka:BootstrapServers k1:9092</c> or
/// <c>--Http:Url=http://127.0.0.1:9464</c>. They have a colon or begin with a capital, and options of verbs do not.
/// </summary>
/// <param name="Keys">Values by key path; of a key that is given twice the last.</param>
/// <param name="Others">What is left for the verbs.</param>
/// <param name="Incomplete">Keys without a value.</param>
public sealed record KeyArguments(
    IReadOnlyDictionary<string, string> Keys,
    IReadOnlyList<string> Others,
    IReadOnlyList<string> Incomplete
)
{
    public static KeyArguments Split(IReadOnlyList<string> arguments)
    {
        var keys = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var others = new List<string>();
        var incomplete = new List<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var (name, value) = Parse(arguments[i]);
            if (!IsKey(name))
            {
                others.Add(arguments[i]);
            }
            else if (value is not null)
            {
                keys[name] = value;
            }
            else if (i + 1 < arguments.Count && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal))
            {
                keys[name] = arguments[++i];
            }
            else
            {
                incomplete.Add(arguments[i]);
            }
        }

        return new KeyArguments(keys, others, incomplete);
    }

    private static (string Name, string? Value) Parse(string argument)
    {
        if (!argument.StartsWith("--", StringComparison.Ordinal))
        {
            return ("", null);
        }

        var end = argument.IndexOf('=', StringComparison.Ordinal);
        return end < 0 ? (argument[2..], null) : (argument[2..end], argument[(end + 1)..]);
    }

    private static bool IsKey(string name) =>
        name.Length > 0 && (char.IsAsciiLetterUpper(name[0]) || name.Contains(':', StringComparison.Ordinal));
}
