using System.Collections;
using Microsoft.Extensions.Configuration;

namespace Kalinka.Common.Configuration;

/// <summary>Where a configuration comes from: a file, overridden by the environment, overridden by arguments.</summary>
/// <param name="File">JSON; comments and trailing commas are allowed.</param>
/// <param name="Environment">Variables as they are named: <c>KALINKA_Kafka__BootstrapServers</c>; others are ignored.</param>
/// <param name="Arguments">Values by key path.</param>
public sealed record ConfigurationSources(
    string File,
    IReadOnlyDictionary<string, string> Environment,
    IReadOnlyDictionary<string, string> Arguments
)
{
    private const string Prefix = "KALINKA_";

    /// <summary>The file and these arguments, with the variables of this process between them.</summary>
    public static ConfigurationSources OfProcess(string file, IReadOnlyDictionary<string, string> arguments) =>
        new(
            file,
            System
                .Environment.GetEnvironmentVariables()
                .Cast<DictionaryEntry>()
                .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? ""),
            arguments
        );

    /// <summary>
    /// Reads everything with <paramref name="read"/>, which may meet mistakes and goes on with any value in their
    /// place; what it returns counts only when there were none.
    /// </summary>
    public Loaded<T> Load<T>(Func<SectionReader, T> read)
        where T : class
    {
        var findings = new Findings();
        var file = JsonFile.Read(File, findings);
        if (file is null)
        {
            return new Loaded<T>(null, findings);
        }

        var variables = Variables();
        var root = new ConfigurationBuilder()
            .AddInMemoryCollection(file)
            .AddInMemoryCollection(variables.Select(v => KeyValuePair.Create(v.Key, (string?)Environment[v.Value])))
            .AddInMemoryCollection(Arguments.Select(a => KeyValuePair.Create(a.Key, (string?)a.Value)))
            .Build();
        var reader = new SectionReader(root, new KeyOrigins(file, variables, Arguments), findings);
        var options = read(reader);
        reader.ReportUnknownKeys();
        return new Loaded<T>(findings.Errors.Count == 0 ? options : null, findings);
    }

    /// <summary>Names of our variables by key path.</summary>
    private Dictionary<string, string> Variables()
    {
        var variables = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in Environment.Keys)
        {
            if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                variables[name[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal)] = name;
            }
        }

        return variables;
    }
}

/// <summary>A configuration that was read.</summary>
/// <param name="Options">Null when there are errors.</param>
public sealed record Loaded<T>(T? Options, Findings Findings)
    where T : class;
