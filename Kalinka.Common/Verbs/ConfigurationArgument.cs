using System.CommandLine;
using Kalinka.Common.Configuration;

namespace Kalinka.Common.Verbs;

/// <summary>The option <c>--config</c>, and what a verb does first: read, and tell what is wrong.</summary>
/// <param name="keys">Keys of the configuration that stand on the command line.</param>
public sealed class ConfigurationArgument(IReadOnlyDictionary<string, string> keys)
{
    public Option<string> Option { get; } =
        new("--config")
        {
            Description = "The configuration, JSON; comments and trailing commas are allowed",
            HelpName = "FILE",
            Required = true,
        };

    /// <summary>Null when there are errors; they have been printed, and the verb ends with <see cref="ExitCodes.Mistake"/>.</summary>
    public T? Load<T>(ParseResult result, Func<SectionReader, T> read)
        where T : class
    {
        var loaded = Read(result, read);
        Print(result, "warning", loaded.Findings.Warnings);
        Print(result, "error", loaded.Findings.Errors);
        return loaded.Options;
    }

    /// <summary>Reads without a word; what is wrong is in the findings.</summary>
    public Loaded<T> Read<T>(ParseResult result, Func<SectionReader, T> read)
        where T : class => ConfigurationSources.OfProcess(result.GetRequiredValue(Option), keys).Load(read);

    private static void Print(ParseResult result, string severity, IEnumerable<ConfigurationError> findings)
    {
        foreach (var finding in findings)
        {
            result.InvocationConfiguration.Error.WriteLine($"{severity}: {finding}");
        }
    }
}
