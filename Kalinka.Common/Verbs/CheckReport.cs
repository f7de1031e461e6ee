using System.Text.Encodings.Web;
using System.Text.Json;
using Kalinka.Common.Configuration;

namespace Kalinka.Common.Verbs;

/// <summary>What <c>check</c> found, for people or for machines.</summary>
/// <param name="Understood">What the configuration says, line by line; empty when it cannot be used.</param>
/// <param name="Servers">What trying them came to; empty when that was not asked for.</param>
internal sealed record CheckReport(
    Findings Findings,
    IReadOnlyList<string> Understood,
    IReadOnlyList<ServerAnswer> Servers
)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public bool Ok => Findings.Errors.Count == 0 && Servers.All(server => server.Ok);

    /// <summary>Prints the report and returns the exit code.</summary>
    /// <param name="output">The result.</param>
    /// <param name="error">Mistakes and warnings, unless they are part of the JSON object.</param>
    /// <param name="json">One object: <c>ok, errors, warnings, understood, servers</c>.</param>
    public int Print(TextWriter output, TextWriter error, bool json)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(AsObject(), Json));
        }
        else
        {
            PrintLines(output, error);
        }

        return Ok ? ExitCodes.Success : ExitCodes.Mistake;
    }

    private object AsObject() =>
        new
        {
            Ok,
            Errors = Findings.Errors.Select(Finding),
            Warnings = Findings.Warnings.Select(Finding),
            Understood,
            Servers,
        };

    private static object Finding(ConfigurationError finding) => new { Key = finding.KeyPath, finding.Message };

    private void PrintLines(TextWriter output, TextWriter error)
    {
        Findings.Warnings.ForEach(warning => error.WriteLine($"warning: {warning}"));
        Findings.Errors.ForEach(mistake => error.WriteLine($"error: {mistake}"));
        if (Findings.Errors.Count == 0)
        {
            output.WriteLine("ok");
        }

        foreach (var line in Understood)
        {
            output.WriteLine($"  {line}");
        }

        foreach (var server in Servers)
        {
            output.WriteLine(server);
        }
    }
}
