using System.Text.RegularExpressions;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Deploy;

/// <summary>A page of the documentation, taken apart.</summary>
internal sealed partial class MarkdownPage(params string[] path)
{
    private readonly string _file = Repository.PathOf(path);

    /// <summary>The paths of all pages that are not built or fetched, relative to the root.</summary>
    public static IEnumerable<string> All() =>
        Directory
            .EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file))
            .Where(file => !file.Split('/').Any(part => part is "bin" or "obj" or "artifacts"));

    /// <summary>What stands between the fences of a language, in order.</summary>
    public IReadOnlyList<string> Blocks(string language) =>
        [
            .. Fences()
                .Matches(File.ReadAllText(_file))
                .Where(block => block.Groups["language"].Value == language)
                .Select(block => block.Groups["content"].Value.TrimEnd('\n')),
        ];

    /// <summary>From a heading of the second level to the next one.</summary>
    public string Section(string heading)
    {
        var text = File.ReadAllText(_file);
        var start = text.IndexOf($"\n## {heading}\n", StringComparison.Ordinal);
        Assert.That(start, Is.Not.Negative, $"## {heading}");
        var end = text.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        return end < 0 ? text[start..] : text[start..end];
    }

    /// <summary>Links into the tree that lead nowhere.</summary>
    public IEnumerable<string> DeadLinks() =>
        Links()
            .Matches(File.ReadAllText(_file))
            .Select(link => link.Groups["target"].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal))
            .Where(target => !Path.Exists(Path.Combine(Path.GetDirectoryName(_file)!, target)));

    [GeneratedRegex("^```(?<language>[a-z]*)\n(?<content>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fences();

    [GeneratedRegex(@"\]\((?<target>[^)#\s]+)(#[^)]*)?\)")]
    private static partial Regex Links();
}
