using System.Globalization;
using System.Text;

namespace Kalinka.QuickStart.Daemons;

/// <summary>A configuration with <c>{{name}}</c> where an address goes that only this run knows.</summary>
internal static class ConfigurationTemplate
{
    public static string Fill(string template, IReadOnlyDictionary<string, object> values)
    {
        var filled = new StringBuilder(template);
        foreach (var (name, value) in values)
        {
            filled.Replace($"{{{{{name}}}}}", Convert.ToString(value, CultureInfo.InvariantCulture));
        }

        var result = filled.ToString();
        return result.Contains("{{", StringComparison.Ordinal)
            ? throw new ArgumentException("A value is missing in the template.", nameof(values))
            : result;
    }

    /// <summary>Writes the filled template into <paramref name="folder"/> and returns the file's path.</summary>
    public static string Write(string name, IReadOnlyDictionary<string, object> values, string folder)
    {
        var template = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Daemons", $"{name}.jsonc"));
        var file = Path.Combine(folder, $"{name}.json");
        File.WriteAllText(file, Fill(template, values));
        return file;
    }
}
