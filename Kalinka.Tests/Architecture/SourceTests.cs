using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Architecture;

/// <summary>What holds for every source file.</summary>
internal sealed class SourceTests
{
    private const int LongestFile = 300;

    // Put together, so that this file does not find itself.
    private static readonly string[] Unwanted = ["TO" + "DO", "FIX" + "ME", "Thread." + "Sleep"];

    private static readonly string[] Files =
    [
        .. new[] { "Kalinka.Common", "Kalinka.Pub", "Kalinka.Sub", "Kalinka.Tests" }.SelectMany(project =>
            Directory
                .EnumerateFiles(Repository.PathOf(project), "*.cs", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(Repository.Root, file))
                .Where(file => !file.Split('/').Any(folder => folder is "bin" or "obj"))
        ),
    ];

    [Test]
    public void No_file_is_longer_than_one_subject_needs() =>
        Assert.That(
            Files.Where(file => File.ReadLines(Repository.PathOf(file)).Count() > LongestFile),
            Is.Empty,
            $"files of more than {LongestFile} lines"
        );

    [Test]
    public void Nothing_is_left_for_later_and_nothing_sleeps() => Assert.That(Files.SelectMany(Findings), Is.Empty);

    [Test]
    public void Every_project_has_files() =>
        Assert.That(
            Files.Select(file => file.Split('/')[0]).Distinct(),
            Is.EquivalentTo(["Kalinka.Common", "Kalinka.Pub", "Kalinka.Sub", "Kalinka.Tests"])
        );

    private static IEnumerable<string> Findings(string file) =>
        File.ReadLines(Repository.PathOf(file))
            .Select((line, index) => (Text: line, Number: index + 1))
            .Where(line => Unwanted.Any(word => line.Text.Contains(word, StringComparison.Ordinal)))
            .Select(line => $"{file}:{line.Number}: {line.Text.Trim()}");
}
