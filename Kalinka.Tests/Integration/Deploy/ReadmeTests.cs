using System.Runtime.Versioning;
using System.Text.Json;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Deploy;

/// <summary>What a newcomer types, and what the page says will come of it.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ReadmeTests
{
    private static readonly MarkdownPage Readme = new("README.md");

    private DirectoryInfo _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("readme-");

    [TearDown]
    public void Remove() => _folder.Delete(recursive: true);

    [TestCase("Quick start", "./deploy/quickstart")]
    [TestCase("Tests", "./deploy/test")]
    public void A_command_stands_alone_in_its_block(string heading, string command)
    {
        Assert.That(Readme.Section(heading), Does.Contain($"\n\n```\n{command}\n```\n\n"));
        Assert.That(
            File.GetUnixFileMode(Repository.PathOf(command)) & UnixFileMode.OtherExecute,
            Is.Not.EqualTo(UnixFileMode.None)
        );
    }

    [TestCase(Daemon.Pub, 0)]
    [TestCase(Daemon.Sub, 1)]
    public async Task The_first_configuration_has_no_errors(string daemon, int block)
    {
        var done = await RunAsync(daemon, block, "check");

        Assert.That(done.ExitCode, Is.Zero, done.Output);
    }

    [TestCase("mqtt/pump-1/backend/pub", "mqtt.backend", "pump-1")]
    [TestCase("mqtt/pump-1/mqtt/pump-2/pub", "mqtt.mqtt", "pump-2")]
    public async Task What_the_page_says_of_a_message_is_what_pub_explains(string topic, string kafkaTopic, string key)
    {
        var done = await RunAsync(Daemon.Pub, 0, "explain", "--json", topic);

        var explained = Parse(done);
        Assert.That(explained.GetProperty("topic").GetString(), Is.EqualTo(kafkaTopic));
        Assert.That(explained.GetProperty("key").GetString(), Is.EqualTo(key));
    }

    [TestCase("backend.mqtt", "pump-1", "backend/mqtt/pump-1/sub")]
    [TestCase("mqtt.mqtt", "pump-2", "mqtt/pump-1/mqtt/pump-2/sub")]
    public async Task What_the_page_says_of_a_record_is_what_sub_explains(string kafkaTopic, string key, string topic)
    {
        string[] record = ["--topic", kafkaTopic, "--key", key, "--header", "srcId=pump-1"];
        var done = await RunAsync(Daemon.Sub, 1, "explain", ["--json", .. record]);

        var explained = Parse(done);
        Assert.That(explained.GetProperty("topic").GetString(), Is.EqualTo(topic));
        Assert.That(explained.GetProperty("client").GetString(), Is.EqualTo(key));
    }

    [Test]
    public void Every_link_between_the_pages_leads_somewhere() =>
        Assert.That(
            MarkdownPage.All().SelectMany(page => new MarkdownPage(page).DeadLinks().Select(link => $"{page}: {link}")),
            Is.Empty
        );

    [Test]
    public void Decisions_are_numbered_without_a_gap_and_listed()
    {
        var pages = Directory.GetFiles(Repository.PathOf("docs", "adr")).Select(Path.GetFileName).Order().ToArray();
        var index = File.ReadAllText(Repository.PathOf("docs", "README.md"));

        Assert.That(
            pages.Select(page => page![..4]),
            Is.EqualTo(Enumerable.Range(1, pages.Length).Select(number => $"{number:0000}"))
        );
        Assert.That(pages.Where(page => !index.Contains($"(adr/{page})", StringComparison.Ordinal)), Is.Empty);
    }

    // What check warns of, explain says too, on the other stream.
    private static JsonElement Parse(CommandResult explained) =>
        JsonDocument
            .Parse(
                string.Concat(
                    explained.Output.Split('\n').Where(line => !line.StartsWith("warning: ", StringComparison.Ordinal))
                )
            )
            .RootElement;

    // The secrets are where an installation has them, not here.
    private async Task<CommandResult> RunAsync(string daemon, int block, string verb, params string[] arguments)
    {
        var secret = Path.Combine(_folder.FullName, "secret");
        var configuration = Path.Combine(_folder.FullName, "configuration.json");
        await File.WriteAllTextAsync(secret, "secret");
        await File.WriteAllTextAsync(
            configuration,
            Readme.Blocks("jsonc")[block].Replace("/etc/kalinka/secrets/b1", secret, StringComparison.Ordinal)
        );
        return await Command.RunAsync(Daemon.PathOf(daemon), [verb, "--config", configuration, .. arguments]);
    }
}
