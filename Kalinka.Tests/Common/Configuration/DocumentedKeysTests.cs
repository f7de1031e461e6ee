using System.Text.RegularExpressions;

namespace Kalinka.Tests.Common.Configuration;

/// <summary>The table of keys in <c>docs/configuration.md</c> is what the readers read.</summary>
internal sealed partial class DocumentedKeysTests
{
    private const string Everything = """
        {
          "Mqtt": { "Brokers": [ { "Name": "b1", "Address": "mqtts://h" } ] },
          "Presence": { "Sources": [ { "Topic": "s/{client}", "Online": "1", "Offline": "0" } ] }
        }
        """;

    [Test]
    public void Every_key_that_is_read_is_documented_and_the_reverse()
    {
        var pub = ConfigurationText.LoadPub(ConfigurationText.Pub.With(Everything)).Findings;
        var sub = ConfigurationText.LoadSub(ConfigurationText.Sub).Findings;
        Assert.That(pub.Errors.Concat(sub.Errors), Is.Empty);

        Assert.That(DocumentedKeys(), Is.EquivalentTo(pub.KnownKeys.Union(sub.KnownKeys)));
    }

    [Test]
    public void What_both_sections_and_each_daemons_own_section_promise_is_read_by_that_daemon()
    {
        var pub = ConfigurationText.LoadPub(ConfigurationText.Pub.With(Everything)).Findings.KnownKeys;
        var sub = ConfigurationText.LoadSub(ConfigurationText.Sub).Findings.KnownKeys;

        Assert.That(DocumentedKeys("Both daemons").Except(pub), Is.Empty);
        Assert.That(DocumentedKeys("Both daemons").Except(sub), Is.Empty);
        Assert.That(DocumentedKeys("kalinka-pub").Except(pub), Is.Empty);
        Assert.That(DocumentedKeys("kalinka-sub").Except(sub), Is.Empty);
    }

    private static HashSet<string> DocumentedKeys(string? section = null)
    {
        var text = File.ReadAllText(Path.Combine(Root(), "docs", "configuration.md"));
        var part = section is null ? text : text.Split("\n## ").Single(part => part.StartsWith(section + "\n"));
        return [.. Row().Matches(part).Select(row => row.Groups[1].Value)];
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Kalinka.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }

    [GeneratedRegex(@"^\| `([^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
