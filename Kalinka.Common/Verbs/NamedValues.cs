using System.CommandLine;
using System.CommandLine.Parsing;

namespace Kalinka.Common.Verbs;

/// <summary>An option that may be given several times, each with <c>name=value</c>.</summary>
public static class NamedValues
{
    public static Option<KeyValuePair<string, string>[]> Option(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "name=value",
            Arity = ArgumentArity.ZeroOrMore,
            CustomParser = Parse,
        };

    private static KeyValuePair<string, string>[] Parse(ArgumentResult result)
    {
        var pairs = new List<KeyValuePair<string, string>>(result.Tokens.Count);
        foreach (var token in result.Tokens)
        {
            var end = token.Value.IndexOf('=', StringComparison.Ordinal);
            if (end <= 0)
            {
                result.AddError($"'{token.Value}' must be name=value.");
                break;
            }

            pairs.Add(KeyValuePair.Create(token.Value[..end], token.Value[(end + 1)..]));
        }

        return [.. pairs];
    }
}
