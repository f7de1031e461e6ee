using System.Text.Json;
using Kalinka.Tests.Common.Configuration;

namespace Kalinka.Tests.Common.Verbs;

/// <summary><c>explain</c> where brokers are announced, so that the configuration names none.</summary>
internal sealed class AnnouncedExplainTests
{
    private System.IO.DirectoryInfo _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = System.IO.Directory.CreateTempSubdirectory("kalinka-explain-");

    [TearDown]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [TestCase]
    [TestCase("--broker", "b9")]
    public async Task A_record_is_explained_for_any_broker(params string[] broker)
    {
        var file = Path.Combine(_folder.FullName, "config.json");
        await File.WriteAllTextAsync(
            file,
            ConfigurationText.Pub.With(
                """{ "Mqtt": { "Brokers": null, "Announced": { "Allow": [ "10.0.0.0/8" ] } } }"""
            )
        );

        var ended = await Executable.RunAsync(
            Executable.Pub,
            ["explain", "--config", file, "devices/c1/up", "--json", .. broker]
        );

        Assert.That(ended.ExitCode, Is.Zero, ended.Error);
        using var explanation = JsonDocument.Parse(ended.Output);
        Assert.That(
            explanation.RootElement.GetProperty("broker").GetString(),
            Is.EqualTo(broker.Length == 0 ? null : "b9")
        );
    }
}
