using System.Text.Json;

namespace Kalinka.Tests.Common.Mapping;

/// <summary>The examples of docs/mapping.md: rules in a code block, and the table that follows it.</summary>
internal sealed record Documentation(string Rules, IReadOnlyList<Dictionary<string, string>> Rows)
{
    private static readonly JsonDocumentOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    public static IEnumerable<Documentation> Of(string daemon)
    {
        var blocks = File.ReadAllText(Find()).Split("```jsonc\n// ").Skip(1);
        foreach (var block in blocks.Where(block => block.StartsWith($"{daemon}\n", StringComparison.Ordinal)))
        {
            var (rules, rest) = block[(daemon.Length + 1)..].Split("```", 2) is [var first, var second]
                ? (first, second)
                : throw new FormatException(block);
            var table = rest.Split('\n').SkipWhile(line => line.Length == 0).TakeWhile(line => line.StartsWith('|'));
            yield return new Documentation(rules, [.. ReadRows([.. table])]);
        }
    }

    public static List<T> ReadRules<T>(string rules, Func<JsonElement, T> read)
    {
        using var document = JsonDocument.Parse(rules, Lenient);
        return [.. document.RootElement.EnumerateArray().Select(read)];
    }

    public static string? Text(JsonElement rule, string name) =>
        rule.TryGetProperty(name, out var value) ? value.GetString() : null;

    /// <summary>A cell <c>name=value</c>.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Pairs(string cell) =>
        cell.Split('=', 2) is [var name, var value] ? [new(name, value)] : [];

    private static IEnumerable<Dictionary<string, string>> ReadRows(string[] table)
    {
        var columns = Cells(table[0]);
        return table
            .Skip(2)
            .Select(line => columns.Zip(Cells(line)).ToDictionary(cell => cell.First, cell => cell.Second));
    }

    private static string[] Cells(string line) => [.. line.Split('|')[1..^1].Select(cell => cell.Trim().Trim('`'))];

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Kalinka.sln")))
        {
            folder = folder.Parent ?? throw new FileNotFoundException("Kalinka.sln");
        }

        return Path.Combine(folder.FullName, "docs", "mapping.md");
    }
}
